//! Whether a step may still take effect, whatever was answered in the end.

use access::{Step, UserId};
use chatter::{Done, NotDone};
use salesforce_simulator::{Fault, FaultKind, Matching};

use crate::world::{GROUP, World};

const ANA: &str = "ana@acme.example";
const RULE: &str = "Customers of tier 1 stay active";

#[tokio::test]
async fn a_step_that_was_answered_at_once_is_clear_and_one_that_was_interrupted_is_unclear() {
    for is_interrupted in [false, true] {
        let world = World::start().await;
        let member = world.member(ANA, "Standard");
        let manager = world.member("bo@acme.example", "Admin");
        let former = world.former("cy@acme.example", true);
        let leaver = world.member("di@acme.example", "Standard");
        let invitation = world.invited("eve@acme.example");
        let steps = [
            (ANA, "CollaborationGroupMember", Step::Promote { user: member.clone() }),
            ("bo@acme.example", "CollaborationGroupMember", Step::Demote { user: manager }),
            ("cy@acme.example", "User", Step::Reactivate { user: former }),
            ("di@acme.example", "CollaborationGroupMember", Step::RemoveMember { user: leaver }),
            ("eve@acme.example", "CollaborationInvitation", Step::CancelInvitation { invitation }),
            (ANA, "User", Step::Deactivate { user: member }),
        ];
        for (email, object, step) in steps {
            if is_interrupted {
                world.fails_once(object, FaultKind::DropBefore);
            }
            let result = world.carry_out(email, std::slice::from_ref(&step)).await.remove(0);
            let expected = Done { invitation: None, was_unclear: is_interrupted };
            assert_eq!(result, Ok(expected), "{step:?}");
        }
    }
}

#[tokio::test]
async fn what_is_never_repeated_is_failed_and_unclear_or_done_and_clear() {
    let world = World::start().await;
    world.fails_once("CollaborationInvitation", FaultKind::DropBefore);
    let lost = world.carry_out("bo@acme.example", &[Step::Invite]).await.remove(0);
    assert_eq!(failed(&lost), ("AMBIGUOUS", true));
    let sent = world.carry_out("bo@acme.example", &[Step::Invite]).await.remove(0).unwrap();
    assert!(sent.invitation.is_some() && !sent.was_unclear);

    let steps = [Step::AddMember { user: world.user(ANA) }];
    world.fails_once("CollaborationGroupMember", FaultKind::DropAfter);
    let lost = world.carry_out(ANA, &steps).await.remove(0);
    assert_eq!(failed(&lost), ("AMBIGUOUS", true));
    assert!(world.org().is_member(GROUP, ANA));
    let already = world.carry_out(ANA, &steps).await.remove(0);
    assert_eq!(already, Ok(Done { invitation: None, was_unclear: false }), "a member is a member");
}

#[tokio::test]
async fn reactivating_is_unclear_if_activating_or_unfreezing_was() {
    for interrupted in [None, Some("User"), Some("UserLogin")] {
        let world = World::start().await;
        let user = world.former(ANA, true);
        if let Some(object) = interrupted {
            world.fails_once(object, FaultKind::DropAfter);
        }
        let result = world.carry_out(ANA, &[Step::Reactivate { user }]).await.remove(0);
        let expected = Done { invitation: None, was_unclear: interrupted.is_some() };
        assert_eq!(result, Ok(expected), "{interrupted:?}");
    }
}

#[tokio::test]
async fn freezing_instead_makes_a_refused_deactivation_unclear_only_if_it_was_interrupted() {
    for (is_interrupted, is_lost) in [(false, false), (true, false), (true, true)] {
        let world = World::start().await;
        let user = world.user(ANA);
        world.org().block_deactivation(None, RULE).unwrap();
        if is_interrupted {
            let times = if is_lost { u64::MAX } else { 1 };
            let lost = Fault::always(FaultKind::DropBefore).times(times);
            world.org().add_fault(lost.matching(Matching::writes_of("UserLogin")));
        }
        let steps = [Step::Deactivate { user: user.clone() }];
        let result = world.carry_out(ANA, &steps).await.remove(0);
        assert_eq!(failed(&result), ("FIELD_CUSTOM_VALIDATION_EXCEPTION", is_interrupted));
        let Err(NotDone::Failed { frozen, not_frozen, .. }) = result else { unreachable!() };
        assert_eq!(frozen, (!is_lost).then_some(user));
        assert_eq!(not_frozen.is_some(), is_lost);
    }
}

#[tokio::test]
async fn a_reading_that_is_interrupted_leaves_nothing_open() {
    let world = World::start().await;
    let (ana, bo) = (world.user(ANA), world.former("bo@acme.example", true));
    world.org().block_deactivation(None, RULE).unwrap();
    let lost = Fault::always(FaultKind::DropBefore).matching(Matching::reads_of("UserLogin"));
    world.org().add_fault(lost);

    let result = world.carry_out(ANA, &[Step::Deactivate { user: ana }]).await.remove(0);
    assert_eq!(failed(&result), ("FIELD_CUSTOM_VALIDATION_EXCEPTION", false));
    let Err(NotDone::Failed { not_frozen: Some(not_frozen), .. }) = result else { unreachable!() };
    assert_eq!((not_frozen.code.as_str(), not_frozen.is_refusal), ("NO_ANSWER", false));

    let steps = [Step::Reactivate { user: bo }];
    let result = world.carry_out("bo@acme.example", &steps).await.remove(0);
    assert_eq!(failed(&result), ("NO_ANSWER", false), "and is active, but still frozen");
    let Err(NotDone::Failed { is_woken, .. }) = result else { unreachable!() };
    assert!(is_woken);
}

#[tokio::test]
async fn who_is_hindered_by_an_open_reactivation_was_sent_nothing() {
    let world = World::start().await;
    let user = world.former(ANA, false);
    let lost = Fault::always(FaultKind::DropBefore).matching(Matching::writes_of("User"));
    world.org().add_fault(lost);
    let steps = [Step::Reactivate { user: user.clone() }, Step::AddMember { user }];
    let results = world.carry_out(ANA, &steps).await;
    assert_eq!(failed(&results[0]), ("AMBIGUOUS", true));
    assert_eq!(failed(&results[1]), ("AMBIGUOUS", false));
}

#[tokio::test]
async fn without_time_everything_is_deferred_and_nothing_is_sent() {
    let world = World::start().await;
    let user = world.member(ANA, "Standard");
    let late = world.client.until(tokio::time::Instant::now());
    let results = world.carry_out_with(late, ANA, &every_step(&user)).await;
    assert!(results.iter().all(|it| *it == Err(NotDone::Deferred)), "{results:?}");
    assert_eq!(world.org().writes(), []);
}

/// A step of each kind that can be asked for of a member.
fn every_step(user: &UserId) -> [Step; 5] {
    let user = || user.clone();
    [
        Step::Reactivate { user: user() },
        Step::Invite,
        Step::Promote { user: user() },
        Step::RemoveMember { user: user() },
        Step::Deactivate { user: user() },
    ]
}

/// The code of a failure, and whether it was unclear.
fn failed(result: &Result<Done, NotDone>) -> (&str, bool) {
    match result {
        Err(NotDone::Failed { failure, was_unclear, .. }) => (&failure.code, *was_unclear),
        Err(NotDone::Deferred) | Ok(_) => panic!("not a failure: {result:?}"),
    }
}
