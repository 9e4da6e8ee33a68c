//! Nobody gives more than their source may give, nor ends what is not theirs.

use access::Policy;
use aws_sdk_dynamodb::types::AttributeValue;
use lanyard_local::Traits;
use machinery::doors::post;
use machinery::world::{
    World, closed, days, grants, history, invite, join, manager, outcomes, request, seat, sweep,
    text, told, with, world,
};
use salesforce_simulator::{NewGroup, NewUser};
use serde_json::{Value, json};

use crate::upstreams::{accept_as, ask, close, refused, send, world_of};

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn nobody_opens_a_group_to_customers_unless_their_rule_says_so() {
    for (policy, expected) in [
        (json!({}), "SOURCE_NOT_ALLOWED"),
        (json!({ "sources": { "operator": {} } }), "SOURCE_NOT_ALLOWED"),
        (json!({ "sources": { "operator": { "consent": true } } }), "ana@acme.example invited"),
    ] {
        let world = world_of(policy.clone()).await;
        let board =
            NewGroup { can_have_guests: false, ..NewGroup::for_customers("Executive board") };
        world.org().add_group(&board).unwrap();
        let group = json!({ "name": "Executive board", "allowCustomers": true });
        let answer =
            invite(&world, with(request("P-1", "", ANA), &json!({ "group": group }))).await;
        assert_eq!(answer, expected, "{policy}");
        let writes = world.org().writes().len();
        assert_eq!(writes > 0, expected.ends_with("invited"), "{policy}");
    }
    let world = world().await;
    world.org().add_group(&NewGroup::for_customers("Acme")).unwrap();
    let group = json!({ "name": "Acme", "allowCustomers": true });
    let answer = invite(&world, with(request("P-1", "", ANA), &json!({ "group": group }))).await;
    assert_eq!(answer, "ana@acme.example invited", "a group that is open already needs no consent");
}

#[tokio::test]
async fn what_the_rule_does_not_name_is_refused_by_every_door_and_changes_nothing() {
    let rule = json!({ "orgs": ["main"], "projects": ["P-*"], "groups": ["Acme*"], "roles": ["member"], "domains": ["acme.example"] });
    let policy = json!({ "sources": { "operator": rule, "corp.projects": rule, "arn:aws:iam::123456789012:role/portal": rule } });
    let good = || request("P-1", "Acme", ANA);
    for (case, request, code) in [
        ("an org", with(good(), &json!({ "org": "other" })), "SOURCE_NOT_ALLOWED"),
        ("a project", request("Q-1", "Acme", ANA), "SOURCE_NOT_ALLOWED"),
        ("a group to be made", request("P-1", "Board", ANA), "SOURCE_NOT_ALLOWED"),
        (
            "a group by id",
            with(good(), &json!({ "group": { "id": "BOARD" } })),
            "SOURCE_NOT_ALLOWED",
        ),
        ("a role", request("P-1", "Acme", manager(ANA)), "SOURCE_NOT_ALLOWED"),
        (
            "the customer as sponsor",
            with(good(), &json!({ "sponsor": ANA })),
            "SPONSOR_NOT_ALLOWED",
        ),
        (
            "the customer's mailbox as sponsor",
            with(good(), &json!({ "sponsor": "ana+boss@acme.example" })),
            "SPONSOR_NOT_ALLOWED",
        ),
        ("a domain", request("P-1", "Acme", "bo@competitor.example"), "DOMAIN_NOT_ALLOWED"),
    ] {
        let world = world_of(policy.clone()).await;
        world.org().add_group(&NewGroup::for_customers("Board")).unwrap();
        world.org().add_group(&NewGroup::for_customers("Acme")).unwrap();
        let board = world.org().group_by_name("Board").unwrap().id;
        let request: Value =
            serde_json::from_str(&request.to_string().replace("BOARD", &board)).unwrap();
        world.org().clear_log();

        let by_hand = invite(&world, request.clone()).await;
        assert!(by_hand.ends_with(code), "{case}: {by_hand}");
        let (status, body, _) = post(&world, &request).await;
        let whole = code != "DOMAIN_NOT_ALLOWED";
        assert_eq!(status, if whole { 403 } else { 207 }, "{case}: {body}");
        ask(&world, "corp.projects", &request).await;
        assert_eq!(refused(&world).last().map(String::as_str), Some(code), "{case}");
        assert!(world.org().writes().is_empty(), "{case}");
        let people = [ANA, "bo@competitor.example"];
        for email in people {
            assert!(grants(&world, email).await.is_empty(), "{case}");
        }
        assert_eq!(counted(&world), 3, "{case}: each is counted once");
    }
}

/// How often something was refused by a rule, as the alarm adds it up.
fn counted(world: &World) -> u64 {
    world.metrics().iter().filter_map(|it| it["NotAllowed"].as_u64()).sum()
}

#[tokio::test]
async fn whoever_has_no_rule_may_do_nothing() {
    let world = world_of(json!({ "sources": { "corp.projects": {} } })).await;
    assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, "SOURCE_NOT_ALLOWED");
    let (status, body, _) = post(&world, &request("P-1", "Acme", ANA)).await;
    let message = "no rule in the policy's sources is for arn:aws:iam::123456789012:role/portal";
    assert_eq!((status, &body["error"]["message"]), (403, &json!(message)));
    ask(&world, "vendor", &request("P-1", "Acme", ANA)).await;
    assert_eq!(refused(&world), ["SOURCE_NOT_ALLOWED"]);
    let error = world.close_project(json!({ "customers": ANA })).await.unwrap_err();
    assert_eq!(error.error_type, "SOURCE_NOT_ALLOWED");
    assert!(!close(&world, "vendor", "P-1").await);
    ask(&world, "corp.projects", &request("P-1", "Acme", ANA)).await;
    assert_eq!(grants(&world, ANA).await, ["P-1 member invited"]);
}

#[tokio::test]
async fn what_is_ended_is_ones_own_unless_the_rule_says_any() {
    let policy =
        json!({ "sources": { "corp.projects": { "end": "any" }, "vendor": {}, "operator": {} } });
    let world = world_of(policy).await;
    ask(&world, "corp.projects", &request("P-1", "Acme", ANA)).await;
    ask(&world, "vendor", &request("V-1", "Vendor", "bo@acme.example")).await;

    assert!(!close(&world, "vendor", "P-1").await, "it is another source's");
    let reopened = json!({ "projectId": "P-1" });
    assert!(!send(&world, "vendor", "Project Reopened", &reopened).await);
    for named in [json!({ "customers": ANA, "projectId": "P-1" }), json!({ "customers": ANA })] {
        assert!(!send(&world, "vendor", "Customer Access Withdrawn", &named).await);
        let error = world.close_project(named).await.unwrap_err();
        assert_eq!(error.error_type, "SOURCE_NOT_ALLOWED");
    }
    assert_eq!(grants(&world, ANA).await, ["P-1 member invited"]);

    assert!(close(&world, "vendor", "V-1").await, "it is its own");
    assert_eq!(
        grants(&world, "bo@acme.example").await,
        ["V-1 member ended projectClosed proven 0"]
    );
    assert!(close(&world, "vendor", "V-2").await, "it is the first to name it");
    assert!(close(&world, "corp.projects", "V-2").await);
    assert!(close(&world, "corp.projects", "P-1").await);
    assert_eq!(grants(&world, ANA).await, ["P-1 member ended projectClosed proven 0"]);
}

#[tokio::test]
async fn a_project_belongs_to_whoever_named_it_first_also_by_closing_it() {
    let policy = json!({ "sources": { "corp.projects": {}, "vendor": {} } });
    let world = world_of(policy).await;
    assert!(close(&world, "vendor", "V-1").await);
    let reopened = json!({ "projectId": "V-1" });
    assert!(!send(&world, "corp.projects", "Project Reopened", &reopened).await);
    ask(&world, "corp.projects", &request("V-1", "Acme", ANA)).await;
    assert_eq!(refused(&world), ["PROJECT_CLOSED"]);
    // Whoever is refused names nothing.
    ask(&world, "corp.projects", &with(request("V-2", "Acme", ANA), &json!({ "sponsor": ANA })))
        .await;
    ask(&world, "vendor", &request("V-2", "Acme", "bo@acme.example")).await;
    assert!(!close(&world, "corp.projects", "V-2").await);
    assert!(close(&world, "vendor", "V-2").await);
}

#[tokio::test]
async fn of_a_project_that_was_named_before_owners_were_recorded_nobody_is_the_first() {
    let policy = json!({ "sources": { "vendor": {}, "corp.projects": { "end": "any" } } });
    let world = world_of(policy).await;
    ask(&world, "corp.projects", &request("P-1", "Acme", ANA)).await;
    forget_owner(&world, "P-1").await;
    assert!(!close(&world, "vendor", "P-1").await);
    ask(&world, "vendor", &request("P-1", "Acme", "bo@acme.example")).await;
    assert!(!close(&world, "vendor", "P-1").await, "who names it now is not the first");
    assert!(close(&world, "corp.projects", "P-1").await);
}

/// Leaves the table as the version before would: a project that was never closed has no record.
async fn forget_owner(world: &World, project: &str) {
    let key = |text: &str| AttributeValue::S(text.to_owned());
    let delete = world.dynamodb.delete_item().table_name(World::TABLE);
    let delete = delete.key(ledger::TABLE.partition, key(&format!("project#main#{project}")));
    delete.key(ledger::TABLE.sort, key("project")).send().await.expect("it is deleted");
}

#[tokio::test]
async fn nobody_stays_longer_than_the_policy_allows_however_often_they_are_renewed() {
    let world =
        world_of(json!({ "maximumTotalDays": 100, "maximumDays": 60, "defaultDays": 30 })).await;
    join(&world, "P-1", "Acme", ANA).await;
    let renew = async |project: &str, days: u32| {
        invite(&world, with(request(project, "Acme", ANA), &json!({ "days": days }))).await
    };
    world.pass(days(50));
    assert_eq!(renew("P-1", 49).await, "ana@acme.example updated");
    assert_eq!(renew("P-1", 60).await, "ana@acme.example refused EXPIRY_BEYOND_POLICY");
    assert_eq!(renew("P-2", 60).await, "ana@acme.example refused EXPIRY_BEYOND_POLICY");
    assert_eq!(counted(&world), 2, "the rule is counted");
    world.pass(days(49));
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "inactive");
    assert_eq!(renew("P-2", 10).await, "ana@acme.example refused EXPIRY_BEYOND_POLICY");
    world.pass(days(1));
    assert_eq!(renew("P-2", 10).await, "ana@acme.example reactivated", "a day's break begins anew");
}

#[tokio::test]
async fn what_was_given_by_hand_is_taken_over_only_by_rule() {
    for (adopt, expected) in [(true, "adopted"), (false, "refused SOURCE_NOT_ALLOWED")] {
        let world = world_of(json!({ "sources": { "operator": { "adopt": adopt } } })).await;
        let org = world.org();
        org.add_group(&NewGroup::for_customers("Acme")).unwrap();
        org.add_user(NewUser::customer(ANA)).unwrap();
        org.add_member("Acme", ANA, "Standard").unwrap();
        let soon = with(request("P-1", "Acme", ANA), &json!({ "days": 1 }));
        assert_eq!(invite(&world, soon).await, format!("{ANA} {expected}"));
        world.pass(days(2));
        sweep(&world).await;
        assert_eq!(seat(&world, ANA) == "inactive", adopt);
    }
}

#[tokio::test]
async fn whoever_joins_under_an_address_that_may_not_be_let_in_is_told_or_ended() {
    let domains = json!({ "allow": ["bank.example"] });
    for (policy, is_ended) in [
        (json!({ "domains": domains }), false),
        (json!({ "domains": domains, "joinedElsewhere": "end" }), true),
        (json!({ "joinedElsewhere": "end" }), false),
        (
            json!({ "sources": { "operator": { "domains": domains } }, "joinedElsewhere": "end" }),
            true,
        ),
    ] {
        let world = world_of(policy.clone()).await;
        invite(&world, request("P-1", "Acme", "ana@bank.example")).await;
        accept_as(&world, "ana@bank.example", "ana@competitor.example");
        sweep(&world).await;
        sweep(&world).await;
        let expected = if is_ended { "inactive" } else { "active in Acme" };
        assert_eq!(seat(&world, "ana@competitor.example"), expected, "{policy}");
        let joined = told(&world, "Customer Joined");
        assert_eq!(
            joined.first().map(|it| text(&it.detail["joinedAs"])).as_deref(),
            Some("ana@competitor.example"),
            "{policy}"
        );
        if is_ended {
            let [ended] = &*told(&world, "Customer Access Ended") else { panic!("one is told") };
            assert_eq!(ended.detail["reason"], "joinedElsewhere");
        }
    }
}

#[tokio::test]
async fn a_denied_domain_keeps_people_out_and_is_no_shelter_for_who_is_in() {
    let world = world_of(json!({ "domains": { "deny": ["partner.example"] } })).await;
    let org = world.org();
    org.add_group(&NewGroup::for_customers("Acme")).unwrap();
    assert_eq!(
        invite(&world, request("P-1", "Acme", "bo@mail.partner.example")).await,
        "bo@mail.partner.example refused DOMAIN_NOT_ALLOWED"
    );
    let world = world_of(json!({})).await;
    join(&world, "P-1", "Acme", "bo@partner.example").await;
    let policy = Policy::from_json(r#"{"domains":{"deny":["partner.example"]}}"#).unwrap();
    let traits = Traits { policy: Some(policy), ..Traits::default() };
    let deployed = world.container_with(world.addresses(), &traits).expect("a container");
    let closed = closed(&world, "P-1");
    deployed.close_project(closed, world.remaining).await.expect("it is closed");
    assert_eq!(seat(&world, "bo@partner.example"), "inactive");
}

#[tokio::test]
async fn a_source_lets_in_as_many_a_day_as_its_rule_says() {
    let rule = json!({ "invitationsPerDay": 2 });
    let policy = json!({ "sources": { "arn:aws:iam::123456789012:role/portal": rule, "corp.projects": rule } });
    let world = world_of(policy).await;
    let two = request("P-1", "Acme", "ana@acme.example bo@acme.example");
    assert_eq!(post(&world, &two).await.0, 200);
    assert_eq!(post(&world, &two).await.0, 200, "who is let in already is not counted again");
    let (status, body, retry_after) =
        post(&world, &request("P-1", "Acme", "cy@acme.example")).await;
    assert_eq!((status, &body["error"]["code"]), (429, &json!("QUOTA_EXCEEDED")));
    let seconds: u64 = retry_after.expect("a time").parse().unwrap();
    assert!((1..=86_400).contains(&seconds), "{seconds}");
    assert!(grants(&world, "cy@acme.example").await.is_empty());
    ask(&world, "corp.projects", &request("P-2", "Acme", "cy@acme.example di@acme.example")).await;
    assert_eq!(told(&world, "Customer Invited").len(), 4, "every source has a count of its own");
    ask(&world, "corp.projects", &request("P-2", "Acme", "ed@acme.example")).await;
    assert_eq!(refused(&world), ["QUOTA_EXCEEDED"]);
    world.pass(days(1));
    ask(&world, "corp.projects", &request("P-2", "Acme", "ed@acme.example")).await;
    assert_eq!(told(&world, "Customer Invited").len(), 5);
}

#[tokio::test]
async fn a_customer_of_the_org_answers_for_nobody() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let by_ana = with(request("P-2", "Acme", "bo@acme.example"), &json!({ "sponsor": ANA }));
    assert_eq!(invite(&world, by_ana.clone()).await, "SPONSOR_NOT_ALLOWED");
    machinery::world::close(&world, "P-1").await;
    assert_eq!(invite(&world, by_ana).await, "bo@acme.example invited", "she is none any more");
}

#[tokio::test]
async fn only_sponsors_whom_the_policy_names_answer_for_customers() {
    let world = world_of(json!({ "sponsors": ["@corp.example"] })).await;
    let by = |sponsor: &str| with(request("P-1", "Acme", ANA), &json!({ "sponsor": sponsor }));
    let answer = world.invite(by("lou@elsewhere.example")).await.unwrap();
    assert_eq!(answer["error"]["code"], "SPONSOR_NOT_ALLOWED");
    assert_eq!(answer["error"]["fix"], "name one of these: @corp.example");
    assert_eq!(
        outcomes(&world.invite(by("Lou@CORP.example")).await.unwrap()),
        "ana@acme.example invited"
    );
}

#[tokio::test]
async fn whose_rule_says_own_shortens_nothing_that_others_asked_for() {
    let world = world_of(json!({ "sources": { "corp.projects": {}, "vendor": {} } })).await;
    ask(&world, "corp.projects", &request("P-1", "Acme", ANA)).await;
    let soon = with(request("P-1", "Acme", ANA), &json!({ "days": 1 }));
    ask(&world, "vendor", &soon).await;
    assert_eq!(refused(&world), ["SOURCE_NOT_ALLOWED"]);
    ask(&world, "corp.projects", &soon).await;
    world.pass(days(2));
    sweep(&world).await;
    assert_eq!(grants(&world, ANA).await, ["P-1 member ended expired proven 0"]);
}

#[tokio::test]
async fn evidence_names_who_the_platform_says_it_was() {
    let world = world_of(json!({})).await;
    ask(&world, "corp.projects", &request("P-1", "Acme", ANA)).await;
    let customer = machinery::world::customer(&world, ANA).await;
    let (id, grant) = customer.grants.first_key_value().unwrap();
    assert_eq!(grant.source, Some(access::Source::of_event("corp.projects")));
    let history = history(&world, id).await;
    let first = history.first().unwrap();
    assert!(first.actor().unwrap().starts_with("event corp.projects "), "{:?}", first.actor());
    assert_eq!(first.personal.as_ref().unwrap()["source"], "event:corp.projects");
}

#[test]
fn the_examples_of_the_guide_are_policies() {
    let guide = std::fs::read_to_string("../infra/README.md").expect("the guide");
    let (_, section) = guide.split_once("### Say what each source may do").expect("the section");
    let (section, _) = section.split_once("\n### ").expect("its end");
    let indented =
        section.split("\n\n").filter(|it| it.trim_start_matches('\n').starts_with("      {"));
    let examples: Vec<&str> = indented.collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let policy =
            Policy::from_json(example).unwrap_or_else(|error| panic!("{error}: {example}"));
        assert!(policy.sources.is_some());
    }
}
