//! An ending of which nobody can say that the customer is gone.

use access::{EndReason, InvitationStatus, Observed, Sight, State, Unseen};

use crate::world::*;

#[test]
fn who_cannot_be_told_is_told_once_with_the_candidates_and_ended_when_they_are_gone() {
    let over = grant(1, invited(-9)).expires(0);
    let accepted = || seen().invitation('a', InvitationStatus::Accepted);
    let first = run(&looked([over], accepted().stranger(5, 'a', -8)), now());
    let settled = first.settled.unwrap();
    insta::assert_snapshot!(told(Some(&settled)), @r"
    Customer Access Stuck g1
    g1 is stuck Expired: prove UNDECIDED
    ");
    let candidates = &settled.announcements[0].detail["stuck"]["candidates"];
    assert_eq!(*candidates, serde_json::json!([user(5)]));

    let again = run(&first.looked, days(1));
    assert_eq!(told(again.settled.as_ref()), "nothing", "it is told once");

    let mut gone = again.looked;
    gone.observed = accepted();
    insta::assert_snapshot!(told(run(&gone, days(2)).settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    ");
}

#[test]
fn what_is_not_seen_any_more_after_it_ended_has_not_ended() {
    let blurred = |unseen| Observed { sight: Sight::but([unseen]), ..seen() };
    let ended = || grant(1, ended(EndReason::Expired, -1, &[]));
    let hidden = run(&looked([ended()], blurred(Unseen::UserHidden)), now());
    insta::assert_snapshot!(told(hidden.settled.as_ref()), @r"
    Customer Access Stuck g1
    g1 is stuck Expired: prove USER_HIDDEN
    ");
    let State::Ending { since, .. } = hidden.looked.customer.grants[&grant_id(1)].state else {
        panic!("it goes on")
    };
    assert_eq!(since, days(-1), "and is as late as it was");
    assert_eq!(told(run(&hidden.looked, days(1)).settled.as_ref()), "nothing");

    let unread = run(&looked([ended()], blurred(Unseen::NotRead)), now());
    assert_eq!(told(unread.settled.as_ref()), "nothing", "the next reading may tell");
}

#[test]
fn what_turns_out_to_be_undecided_after_it_was_proven_is_told() {
    let before = grant(1, proven(EndReason::Expired, -1, 0, &[]));
    let observed = seen().invitation('a', InvitationStatus::Accepted).stranger(5, 'a', -8);
    let late = run(&looked([before], observed), now());
    insta::assert_snapshot!(told(late.settled.as_ref()), @r"
    Customer Access Stuck g1
    g1 is stuck Expired: prove UNDECIDED
    ");
}
