//! What is believed of an org's settings is believed only until Salesforce shows otherwise.

use machinery::doors::post;
use machinery::world::{
    World, grants, invite, join, outcomes, request, sweep, text, told, with, world,
};
use salesforce_simulator::NewGroup;
use serde_json::json;

use crate::upstreams::world_of;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";

#[tokio::test]
async fn an_invitation_refused_because_a_switch_was_turned_off_meanwhile_is_told_by_that_switch() {
    let world = world().await;
    join(&world, "P-0", "Acme", ANA).await;
    turn(&world, false);
    world.org().clear_log();

    let both = request("P-1", "Acme", json!([{ "email": ANA }, { "email": BO }]));
    let (status, answer, _) = post(&world, &both).await;

    let expected = "ana@acme.example added, bo@acme.example refused CUSTOMER_INVITATIONS_OFF";
    assert_eq!((status, outcomes(&answer).as_str()), (207, expected), "{answer}");
    let error = &answer["customers"][1]["error"];
    assert!(text(&error["fix"]).contains("Chatter Settings"), "{error}");
    let told = told(&world, "Customer Invitation Refused");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].detail["error"]["code"], "CUSTOMER_INVITATIONS_OFF");
    assert_eq!(reads_of_settings(&world), 1);

    // From now on it is known before anything is done.
    let again = request("P-1", "Acme", "cy@acme.example");
    assert_eq!(invite(&world, again.clone()).await, "CUSTOMER_INVITATIONS_OFF");
    turn(&world, true);
    assert_eq!(invite(&world, again).await, "cy@acme.example invited");
    assert_eq!(invite(&world, both).await, "ana@acme.example unchanged, bo@acme.example invited");
    sweep(&world).await;
    assert_eq!(grants(&world, BO).await.last().map(String::as_str), Some("P-1 member invited"));
}

#[tokio::test]
async fn a_refusal_for_another_cause_keeps_its_words_and_costs_one_reading_at_most() {
    let world = world().await;
    join(&world, "P-0", "Acme", ANA).await;
    may_invite(&world, false);
    for customers in [BO, "cy@acme.example di@acme.example"] {
        world.org().clear_log();
        let answer = world.invite(request("P-1", "Acme", customers)).await.expect("an answer");
        assert!(outcomes(&answer).contains("refused SALESFORCE_REFUSED"), "{answer}");
        let message = text(&answer["customers"][0]["error"]["message"]);
        assert!(message.starts_with("INSUFFICIENT_ACCESS"), "{message}");
        assert_eq!(reads_of_settings(&world), 1, "{customers}");
    }
}

#[tokio::test]
async fn settings_that_were_read_for_this_very_request_are_not_read_again() {
    let world = world().await;
    may_invite(&world, false);
    let answer = world.invite(request("P-1", "Acme", BO)).await.expect("an answer");
    assert_eq!(outcomes(&answer), "bo@acme.example refused SALESFORCE_REFUSED");
    assert_eq!(reads_of_settings(&world), 1);
}

#[tokio::test]
async fn a_group_that_cannot_be_opened_is_told_by_the_switch_that_was_turned_off_meanwhile() {
    for (is_on, expected, reads) in
        [(true, "SALESFORCE_REFUSED", 1), (false, "CUSTOMER_INVITATIONS_OFF", 1)]
    {
        let world = world_of(json!({ "sources": { "operator": { "consent": true } } })).await;
        join(&world, "P-0", "Acme", ANA).await;
        let org = world.org();
        org.add_user(salesforce_simulator::NewUser::internal("lee@corp.example")).unwrap();
        org.add_group(&NewGroup::private("Board").owner("lee@corp.example")).unwrap();
        org.change_settings(|settings| settings.administrator = false);
        turn(&world, is_on);
        org.clear_log();

        let group = json!({ "name": "Board", "allowCustomers": true });
        let asked = with(request("P-1", "Board", BO), &json!({ "group": group }));
        assert_eq!(invite(&world, asked).await, expected);
        assert_eq!(reads_of_settings(&world), reads, "{expected}");
    }
}

fn turn(world: &World, is_on: bool) {
    world.org().change_settings(|settings| settings.customer_invitations = is_on);
}

fn may_invite(world: &World, may: bool) {
    world.org().change_settings(|settings| settings.invite_permission = may);
}

fn reads_of_settings(world: &World) -> usize {
    world.org().calls().iter().filter(|call| call.path.contains("tooling")).count()
}
