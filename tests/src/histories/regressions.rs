//! Stories that were once told wrong.

use crate::histories::command::Begins::{self, InJanuary};
use crate::histories::command::Command::{self, Together};
use crate::histories::command::Expiry::Unnamed;
use crate::histories::command::Who::One;
use crate::histories::command::Work::Ask;
use crate::histories::live;
use crate::histories::universe::Customer::Cy;
use crate::histories::universe::Group::Acme;
use crate::histories::universe::Project::P1;
use crate::histories::universe::Role::{Manager, Member};

#[test]
fn of_two_requests_at_once_the_latest_role_is_in_force() {
    kept(
        InJanuary,
        &[Together(
            [Ask(One(Cy), P1, Acme, Member, Unnamed), Ask(One(Cy), P1, Acme, Manager, Unnamed)],
            687,
        )],
    );
}

fn kept(begins: Begins, commands: &[Command]) {
    let lived = live(begins, commands);
    assert_eq!(lived, Ok(()));
}
