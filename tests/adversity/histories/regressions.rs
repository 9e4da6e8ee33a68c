//! Stories that were once told wrong.

use crate::histories::command::Begins::{self, InJanuary};
use crate::histories::command::Command::{
    self, Accept, AcceptElsewhere, AcceptWithdrawn, ActivateByHand, BlockAll, ChangeRoleByHand,
    DeactivateByHand, Do, GiveByHand, RemoveByHand, Together, WithdrawByHand,
};
use crate::histories::command::Expiry::Unnamed;
use crate::histories::command::Who::One;
use crate::histories::command::Work::{Ask, Close, Sweep};
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

#[test]
fn whoever_is_removed_by_hand_a_moment_after_being_added_is_neither_in_nor_out_for_that_moment() {
    kept(
        InJanuary,
        &[
            Do(Ask(One(Cy), P1, Acme, Member, Unnamed)),
            RemoveByHand(Cy, Acme),
            Do(Ask(One(Cy), P2, Acme, Manager, Unnamed)),
            Do(Sweep),
            Do(Close(P1)),
        ],
    );
}

#[test]
fn a_role_that_is_changed_by_hand_a_moment_after_it_was_given_is_mended_later() {
    kept(
        InJanuary,
        &[
            Do(Ask(One(Cy), P1, Acme, Manager, Unnamed)),
            ChangeRoleByHand(Cy, Acme, Member),
            Do(Ask(One(Cy), P2, Acme, Member, Unnamed)),
            Do(Close(P2)),
        ],
    );
}

#[test]
fn what_is_given_back_by_hand_a_moment_after_it_was_taken_is_taken_once_it_shows() {
    kept(
        InJanuary,
        &[
            Do(Ask(One(Ana), P1, Acme, Member, Unnamed)),
            Accept(Ana, Acme),
            Do(Ask(One(Ana), P2, Acme, Member, Unnamed)),
            Do(Close(P1)),
            RemoveByHand(Ana, Acme),
            Do(Close(P2)),
            ActivateByHand(Ana),
            GiveByHand(Ana, Acme, Member),
            Do(Close(P2)),
            Do(Sweep),
        ],
    );
}

#[test]
fn whoever_is_deactivated_by_hand_a_moment_after_being_woken_counts_as_active_for_that_moment() {
    kept(
        InJanuary,
        &[
            Do(Ask(One(Ana), P1, Acme, Member, Unnamed)),
            Accept(Ana, Acme),
            Do(Close(P1)),
            Do(Ask(One(Ana), P2, Acme, Member, Unnamed)),
            DeactivateByHand(Ana),
            Do(Sweep),
            Do(Ask(One(Ana), P2, Acme, Manager, Unnamed)),
            Do(Close(P2)),
        ],
    );
}

#[test]
fn whoever_is_removed_by_hand_is_found_though_nothing_is_due() {
    kept(InJanuary, &[Do(Ask(One(Cy), P1, Acme, Member, Unnamed)), RemoveByHand(Cy, Acme)]);
}

fn kept(begins: Begins, commands: &[Command]) {
    let lived = live(begins, commands);
    assert_eq!(lived, Ok(()));
}
