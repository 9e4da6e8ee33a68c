//! Whoever was let in is able to leave, with however many grants.

use machinery::world::{
    close, days, grants, invite, join, request, seat, sweep, told, with, world,
};
use serde_json::json;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn all_grants_of_a_customer_that_end_together_are_ended_recorded_and_told() {
    for count in [49, 50, 60, 110] {
        let world = world().await;
        join(&world, "P-0", "Group 0", ANA).await;
        for number in 1..count {
            let asked = request("P-0", &format!("Group {number}"), ANA);
            invite(&world, with(asked, &json!({ "days": 90 }))).await;
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
    let world = world().await;
    join(&world, "P-0", "Group 0", ANA).await;
    for number in 1..60 {
        invite(&world, request("P-0", &format!("Group {number}"), ANA)).await;
    }
    world.pass(days(84));
    sweep(&world).await;
    assert_eq!(told(&world, "Customer Access Expiring").len(), 60);
}
