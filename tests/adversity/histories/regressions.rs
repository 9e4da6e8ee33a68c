//! Stories that were once told wrong.

use crate::histories::command::Begins::{self, InJanuary};
use crate::histories::command::Command::{
    self, Accept, AcceptElsewhere, AcceptWithdrawn, BlockAll, Do, Together, WithdrawByHand,
};
use crate::histories::command::Expiry::Unnamed;
use crate::histories::command::Who::One;
use crate::histories::command::Work::{Ask, Close};
use crate::histories::live;
use crate::histories::universe::Customer::{Ana, Cy};
use crate::histories::universe::Group::Acme;
use crate::histories::universe::Project::{P1, P2};
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

#[test]
fn who_is_asked_for_again_while_being_frozen_can_sign_in() {
    kept(
        InJanuary,
        &[
            Do(Ask(One(Ana), P2, Acme, Member, Unnamed)),
            BlockAll,
            Accept(Ana, Acme),
            Together([Close(P2), Ask(One(Ana), P1, Acme, Member, Unnamed)], 252),
        ],
    );
}

#[test]
fn whoever_uses_the_link_of_an_earlier_invitation_leaves_too() {
    kept(
        InJanuary,
        &[
            Do(Ask(One(Ana), P1, Acme, Member, Unnamed)),
            Do(Ask(One(Ana), P1, Acme, Member, Unnamed)),
            WithdrawByHand(Ana, Acme),
            Do(Ask(One(Ana), P1, Acme, Member, Unnamed)),
            AcceptElsewhere(Ana, Acme),
            AcceptWithdrawn(Ana, Acme),
        ],
    );
}

fn kept(begins: Begins, commands: &[Command]) {
    let lived = live(begins, commands);
    assert_eq!(lived, Ok(()));
}
