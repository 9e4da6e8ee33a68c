//! Whoever was let in is able to leave, with however many grants.

use machinery::effort::{Count, Effort};
use machinery::world::{
    World, close, days, grants, invite, join, request, seat, sweep, told, with, world, world_with,
};
use serde_json::{Value, json};

/// The most grants of one customer: Salesforce lets nobody be in more than 300 groups.
const MOST: Count = Count { quick: 110, full: 300 };

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn all_grants_of_a_customer_that_end_together_are_ended_recorded_and_told() {
    let effort = Effort::from_environment();
    let most = effort.of(MOST);
    effort.tell_of_part("many grants", &format!("up to {most} of {} grants", MOST.full));
    for count in [49, 50, most] {
        let world = older().await;
        join(&world, "P-0", "Group 0", ANA).await;
        for number in 1..count {
            invite(&world, request("P-0", &format!("Group {number}"), ANA)).await;
        }
        assert_eq!(
            world.org().members().len(),
            count + count,
            "the owner and the customer in each"
        );

        let report = close(&world, "P-0").await;

        assert_eq!(seat(&world, ANA), "inactive", "of {count}");
        assert_eq!((&report["ended"], &report["proven"]), (&json!(count), &json!(count)));
        assert_eq!(told(&world, "Customer Access Ended").len(), count);
        assert!(grants(&world, ANA).await.iter().all(|it| it.ends_with("proven 0")), "of {count}");
        world.pass(days(1));
        let report = sweep(&world).await;
        assert_eq!(report["reproven"], json!(count), "and read again");
    }
}

#[tokio::test]
async fn all_notices_of_a_customer_that_are_due_at_once_are_sent() {
    let world = older().await;
    join(&world, "P-0", "Group 0", ANA).await;
    for number in 1..60 {
        invite(&world, request("P-0", &format!("Group {number}"), ANA)).await;
    }
    world.pass(days(84));
    sweep(&world).await;
    assert_eq!(told(&world, "Customer Access Expiring").len(), 60);
}

#[tokio::test]
async fn who_has_forty_grants_of_the_longest_texts_gets_no_more_and_leaves_all_of_them() {
    let world = world().await;
    for number in 0..40 {
        invite(&world, longest(number)).await;
        if number == 0 {
            let invitation = world.org().open_invitations(ANA).pop().unwrap();
            world.org().accept(&invitation.id).unwrap();
            sweep(&world).await;
        }
    }
    assert_eq!(invite(&world, longest(40)).await, format!("{ANA} refused TOO_MANY_GRANTS"));
    assert_eq!(told(&world, "Customer Invitation Refused").len(), 1);

    let report = close(&world, "P-0").await;

    assert_eq!((&report["ended"], &report["proven"]), (&json!(40), &json!(40)));
    assert_eq!(seat(&world, ANA), "inactive");
    assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, format!("{ANA} reactivated"));
}

#[tokio::test]
async fn what_the_ledger_can_never_take_is_refused_for_good_and_nothing_is_done() {
    let world = older().await;
    let mut answers = Vec::new();
    for number in 0..90 {
        answers.push(invite(&world, longest(number)).await);
        if !answers[number].ends_with("invited") {
            break;
        }
    }
    let invited = answers.len() - 1;
    assert_eq!(answers[invited], format!("{ANA} refused UNRECORDABLE"), "after {invited}");
    assert_eq!(world.org().open_invitations(ANA).len(), invited);
    assert_eq!(told(&world, "Customer Invitation Refused").len(), 1);
}

#[tokio::test]
async fn who_has_forty_grants_of_the_longest_texts_is_withdrawn_with_the_longest_words() {
    let world = world().await;
    for number in 0..40 {
        invite(&world, longest(number)).await;
    }
    let long = "𝄞".repeat(1_000);
    let named = json!({ "customers": ANA, "withdrawnBy": long, "reason": long });
    let report = world.close_project(named).await.unwrap();
    assert_eq!(report["ended"], 40, "{report}");
    assert_eq!(told(&world, "Customer Access Ended").len(), 40);
}

/// A request of which every text is as long as it may be, in characters of four bytes.
fn longest(number: usize) -> Value {
    let long = |length: usize| "\u{1f511}".repeat(length);
    let group = format!("{number:02}{}", long(38));
    let project = json!({ "id": "P-0", "name": long(200) });
    let texts = json!({ "reason": long(1_000), "message": long(255), "project": project });
    with(request("P-0", &group, ANA), &texts)
}

/// A world in which a customer may have as many grants as one had before there was a limit.
async fn older() -> World {
    world_with(|setup| setup.policy.maximum_grants_per_customer = 300).await
}
