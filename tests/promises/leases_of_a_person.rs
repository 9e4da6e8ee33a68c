//! Who is the same person under several addresses is waited for as one, and nobody holds anybody while waiting.

use std::collections::BTreeSet;
use std::time::Duration;

use access::{Lease, Standing};
use jiff::SignedDuration;
use lanyard_local::Pace;
use ledger::CustomerChange;
use machinery::world::{
    World, close, closed, customer, days, grants, invite, request, seat, sweep, with, world_with,
};
use serde_json::json;

const ANA: &str = "ana@acme.example";
/// Under which Ana accepts.
const HOME: &str = "ana@home.example";

#[tokio::test(start_paused = true)]
async fn who_is_changed_under_the_other_address_is_waited_for_and_ended_then() {
    let world = ana_under_two_addresses().await;
    lease(&world, HOME, SignedDuration::from_mins(1)).await;
    let begun = world.now();
    let report = close(&world, "P-1").await;
    assert_eq!((&report["ended"], &report["complete"]), (&json!(1), &json!(true)), "{report}");
    let waited = world.now().duration_since(begun);
    assert!(waited >= SignedDuration::from_secs(60), "{waited}");
    assert!(waited < SignedDuration::from_secs(70), "{waited}");
    assert_eq!(grants(&world, HOME).await, ["P-2 member active"]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_one_address_of_a_person_holds_no_other() {
    for waited_for in [ANA, HOME] {
        let world = ana_under_two_addresses().await;
        lease(&world, waited_for, SignedDuration::from_mins(1)).await;
        let other = if waited_for == ANA { HOME } else { ANA };
        let looking = async {
            let mut held = 0;
            for _ in 0..50 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let standing = customer(&world, other).await.standing(world.now());
                held += u32::from(matches!(standing, Standing::Busy { .. }));
            }
            held
        };
        let close = world.close_project(closed(&world, "P-1"));
        let (report, held) = tokio::join!(close, looking);
        assert_eq!(report.expect("it succeeds")["ended"], 1);
        assert_eq!(held, 0, "of 50 looks, while {waited_for} was waited for");
    }
}

#[tokio::test(start_paused = true)]
async fn two_who_wait_for_the_same_customers_do_not_wait_for_each_other() {
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.first_wait = None;
    })
    .await;
    let emails: Vec<String> = (0..10).map(|number| format!("c{number}@acme.example")).collect();
    invite(&world, request("P-1", "Acme", emails.join(" "))).await;
    for email in &emails {
        world.org().accept_from("Acme", email).expect("the invitation is open");
    }
    sweep(&world).await;
    for (number, email) in emails.iter().enumerate() {
        let milliseconds = 60_000 + 1_100 * i64::try_from(number).expect("ten");
        lease(&world, email, SignedDuration::from_millis(milliseconds)).await;
    }
    let begun = world.now();
    let (one, other) = tokio::join!(world.close_project(closed(&world, "P-1")), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.close_project(closed(&world, "P-1")).await
    });
    for report in [one, other] {
        assert_eq!(report.expect("it succeeds")["complete"], true);
    }
    for email in &emails {
        assert_eq!(grants(&world, email).await, ["P-1 member ended projectClosed proven 0"]);
    }
    let waited = world.now().duration_since(begun);
    assert!(
        waited < SignedDuration::from_secs(90),
        "each takes what is free when it looks: {waited}"
    );
}

/// A world in which Ana was invited for P-1, has accepted under another address, and was invited under that for P-2.
async fn ana_under_two_addresses() -> World {
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.first_wait = None;
    })
    .await;
    assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, format!("{ANA} invited"));
    let invitation = world.org().open_invitations(ANA).pop().expect("it was sent");
    world.org().accept_as(&invitation.id, HOME).expect("the invitation is open");
    sweep(&world).await;
    let other = with(request("P-2", "Beta", HOME), &json!({ "days": 300 }));
    assert_eq!(invite(&world, other).await, format!("{HOME} added"));
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(seat(&world, HOME), "active in Acme, Beta");
    world
}

/// Leases a customer for some time, as a run does that has died since. That it is the same person as somebody else is not
/// recorded with every customer.
async fn lease(world: &World, email: &str, time: SignedDuration) {
    let until = world.now() + time;
    let mut customer = customer(world, email).await;
    customer.aliases.clear();
    let customer =
        customer.leased(&Lease::from_random(u128::MAX, until), world.now()).expect("it is free");
    let due_at = customer.due_at(&world.policy);
    let (opens, audit, announcements) = (BTreeSet::new(), Vec::new(), Vec::new());
    let change = CustomerChange { customer, due_at, opens, audit, announcements };
    world.ledger.writer.commit(vec![change]).await.remove(0).expect("it is leased");
}
