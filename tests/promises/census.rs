//! Once a night every customer of an org is counted: nobody is overlooked, whoever let them in.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::{OrgAlias, Policy};
use machinery::world::{
    World, close, counts, days, failed, grants, invite, join, minutes, request, seat, sweep, text,
    told, told_of, world, world_with, world_with_org,
};
use salesforce_simulator::{NewGroup, NewUser, Options, Simulator};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const UNGOVERNED: &str = "Customer Access Ungoverned";
const ATTENTION: &str = "Org Needs Attention";

#[tokio::test]
async fn who_was_removed_by_hand_is_noticed_within_a_night_whatever_the_expiry() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().remove_member("Acme", ANA).unwrap();
    world.pass(days(1));

    sweep(&world).await;

    assert_eq!(seat(&world, ANA), "inactive", "the seat would linger for ninety days");
    assert_eq!(told(&world, "Customer Access Ended")[0].detail["reason"], "removedByHand");
}

#[tokio::test]
async fn who_was_deactivated_or_demoted_by_hand_is_noticed_within_a_night() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    join(&world, "P-1", "Acme", BO).await;
    world.org().deactivate(ANA).unwrap();
    world.org().set_role("Acme", BO, "Admin").unwrap();
    world.pass(days(1));

    sweep(&world).await;

    assert_eq!(grants(&world, ANA).await, ["P-1 member ended removedByHand proven 0"]);
    assert_eq!(seat(&world, BO), "active in Acme", "nobody asked for a manager");
}

#[tokio::test]
async fn access_that_came_back_between_two_rereadings_is_noticed_within_a_night() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    close(&world, "P-1").await;
    for _ in 0..9 {
        world.pass(days(1));
        sweep(&world).await;
    }
    world.org().activate(ANA).unwrap();
    world.org().add_member("Acme", ANA, "Standard").unwrap();
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(told_of(&world, "Customer Access Drifted"), [ANA]);
}

#[tokio::test]
async fn whoever_was_let_in_by_hand_is_told_once_with_all_that_people_need_to_know() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let org = world.org();
    org.add_invitation("Acme", "eve@else.example").unwrap();
    org.accept_from("Acme", "eve@else.example").unwrap();
    let group = org.add_group(&NewGroup::for_customers("Lounge")).unwrap();
    let lone = org.add_user(NewUser::customer("lone@else.example")).unwrap();
    org.add_invitation("Lounge", "finn@else.example").unwrap();
    assert_eq!(told(&world, UNGOVERNED).len(), 0);

    for _ in 0..5 {
        world.pass(days(1));
        let report = sweep(&world).await;
        assert_eq!(report["orgs"][0]["ungoverned"], 3, "{report}");
    }

    let told = told(&world, UNGOVERNED);
    let of = |address: &str| {
        let mut told = told.iter().map(|it| &it.detail).filter(|it| it["address"] == address);
        let one = told.next().unwrap_or_else(|| panic!("{address} is told")).clone();
        assert!(told.next().is_none(), "{address} is told once");
        one
    };
    assert_eq!(told.len(), 3);
    let eve = of("eve@else.example");
    assert_eq!(eve["groups"][0]["name"], "Acme");
    assert_eq!(eve["groups"][0]["role"], "member");
    assert!(eve["invitedBy"].is_string() && eve["groups"][0]["since"].is_string(), "{eve}");
    assert_eq!(of("lone@else.example")["user"], lone);
    assert_eq!(of("lone@else.example")["groups"], json!([]));
    let finn = of("finn@else.example");
    assert_eq!((&finn["groups"][0]["id"], &finn["user"]), (&json!(group), &Value::Null));
    assert_eq!(seat(&world, "eve@else.example"), "active in Acme", "by default it is told only");

    org.add_member("Lounge", "eve@else.example", "Admin").unwrap();
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(self::told(&world, UNGOVERNED).len(), 4, "there is more of it");
}

#[tokio::test]
async fn a_policy_adopts_what_nobody_answers_for_and_it_ends_like_any_other() {
    let world =
        adopting(r#"{ "ungoverned": { "adopt": { "days": 30, "sponsor": "kim@corp.example" } } }"#)
            .await;
    let org = world.org();
    org.add_group(&NewGroup::for_customers("Acme")).unwrap();
    for email in [ANA, BO] {
        org.add_user(NewUser::customer(email)).unwrap();
        org.add_member("Acme", email, "Standard").unwrap();
    }
    world.pass(days(1));
    sweep(&world).await;

    assert_eq!(grants(&world, ANA).await, ["ungoverned member active"]);
    let told = told(&world, UNGOVERNED);
    assert_eq!(told.len(), 2);
    assert!(told[0].detail["groups"][0]["grantId"].is_string(), "{}", told[0].detail);
    assert!(told[0].detail["adoptedUntil"].is_string());

    let until = (world.now() + days(90)).to_string();
    let longer =
        machinery::world::with(request("ungoverned", "Acme", BO), &json!({ "expiresAt": until }));
    assert_eq!(invite(&world, longer).await, format!("{BO} updated"));
    for _ in 0..31 {
        world.pass(days(1));
        sweep(&world).await;
    }
    assert_eq!(
        (seat(&world, ANA), seat(&world, BO)),
        ("inactive".to_owned(), "active in Acme".to_owned())
    );
    assert_eq!(told_of(&world, "Customer Access Ended"), [ANA]);
    assert_eq!(self::told(&world, UNGOVERNED).len(), 2);
}

#[tokio::test]
async fn adopted_endings_count_for_the_brake() {
    let world = adopting(
        r#"{ "maximumEndsPerRun": 1, "ungoverned": { "adopt": { "days": 1, "sponsor": "kim@corp.example" } } }"#,
    )
    .await;
    world.org().add_group(&NewGroup::for_customers("Acme")).unwrap();
    for email in [ANA, BO] {
        world.org().add_user(NewUser::customer(email)).unwrap();
        world.org().add_member("Acme", email, "Standard").unwrap();
    }
    for _ in 0..3 {
        world.pass(days(1));
        sweep(&world).await;
    }
    assert_eq!(seat(&world, ANA), "active in Acme");
    assert!(!told(&world, "Sweep Held").is_empty());
}

#[tokio::test]
async fn groups_and_domains_that_the_policy_leaves_to_others_are_not_told() {
    let world = adopting(
        r#"{ "ungoverned": { "exceptGroups": ["partner lounge"], "exceptDomains": ["@partner.example"] } }"#,
    )
    .await;
    let org = world.org();
    for group in ["Acme", "Partner Lounge"] {
        org.add_group(&NewGroup::for_customers(group)).unwrap();
    }
    for (email, group) in [
        ("a@partner.example", "Acme"),
        ("b@else.example", "Partner Lounge"),
        ("c@else.example", "Acme"),
    ] {
        org.add_user(NewUser::customer(email)).unwrap();
        org.add_member(group, email, "Standard").unwrap();
    }
    invite(&world, request("P-1", "Acme", ANA)).await;
    world.pass(days(1));
    sweep(&world).await;
    let addresses: Vec<String> =
        told(&world, UNGOVERNED).iter().map(|it| text(&it.detail["address"])).collect();
    assert_eq!(addresses, ["c@else.example"]);
}

#[tokio::test]
async fn a_dry_run_lists_what_nobody_answers_for_and_what_is_wrong_and_changes_nothing() {
    let world = world_with_org(|options| {
        options.settings.customer_invitations = false;
        options.settings.invite_permission = false;
    })
    .await;
    world.org().add_user(NewUser::customer(ANA)).unwrap();
    world.pass(days(1));
    let before = machinery::world::table(&world).await;

    let report = world.sweep(json!({ "dryRun": true })).await.unwrap();

    let codes: Vec<String> = report["orgs"][0]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|it| text(&it["code"]))
        .collect();
    assert_eq!(codes, ["CUSTOMER_INVITATIONS_OFF", "INVITING_NOT_PERMITTED"]);
    assert_eq!(report["orgs"][0]["ungovernedAccess"].as_array().map(Vec::len), Some(1));
    assert!(!report.to_string().contains('@'), "a report is logged: {report}");
    assert_eq!(report["orgs"][0]["sight"]["complete"], true);
    assert_eq!(machinery::world::table(&world).await, before);
    assert_eq!(world.org().writes().len(), 0);
}

#[tokio::test]
async fn what_is_wrong_with_an_org_is_told_when_it_is_new_and_again_when_it_comes_back() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let off = |is_off: bool| {
        world.org().change_settings(|settings| settings.customer_invitations = !is_off);
    };
    let mut told_by_night = Vec::new();
    for is_off in [false, true, true, false, true] {
        off(is_off);
        world.pass(days(1));
        sweep(&world).await;
        told_by_night.push(told(&world, ATTENTION).len());
    }
    assert_eq!(told_by_night, [0, 1, 1, 1, 2]);
    let event = told(&world, ATTENTION)[0].detail.clone();
    assert_eq!(event["code"], "CUSTOMER_INVITATIONS_OFF");
    assert!(text(&event["fix"]).contains("Chatter Settings"));
}

#[tokio::test]
async fn customers_who_cannot_be_seen_are_told_of_the_org_as_a_whole() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().hide_user(ANA, true).unwrap();
    for _ in 0..3 {
        world.pass(days(1));
        let report = sweep(&world).await;
        assert_eq!(report["orgs"][0]["sight"]["complete"], false);
    }
    let told = told(&world, ATTENTION);
    assert_eq!((told.len(), &told[0].detail["code"]), (1, &json!("SIGHT_NOT_FULL")));
    assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
    assert_eq!(self::told(&world, "Customer Access Ended").len(), 0);
}

#[tokio::test]
async fn it_is_taken_once_a_night_and_by_the_next_sweep_where_it_was_not_completed() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let mut calls = Vec::new();
    for hours in [24, 1, 1, 22] {
        world.pass(minutes(60 * hours));
        calls.push(sweep(&world).await["salesforceCalls"].as_u64().expect("a number"));
    }
    assert_eq!((calls[1], calls[2]), (0, 0), "{calls:?}");
    assert!(calls[0] > 0 && calls[3] > 0, "{calls:?}");
}

#[tokio::test]
async fn a_secret_that_leads_to_another_org_decides_nothing_until_a_person_accepts_it() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let clock = {
        let now = world.now() + days(1);
        Arc::new(move || now)
    };
    let mut options = Options::new(clock);
    options.organization_id = Some("00D000000000777".to_owned());
    let other = Simulator::start(options).await.expect("it starts");
    world.pass(days(1));
    world.org().expire_sessions();
    world.set_secret(&OrgAlias::default(), Some(other.secret_json()));
    let container = world.container(world.addresses()).expect("a new container");

    let closed = machinery::world::closed(&world, "P-1");
    let report = failed(container.close_project(closed, world.remaining).await);
    assert_eq!(report["failures"][0]["code"], "ORG_CHANGED", "{report}");
    let report = failed(container.sweep(json!({}), world.remaining).await);
    assert_eq!(report["failures"][0]["code"], "ORG_CHANGED", "{report}");
    assert_eq!(
        (counts(&report), seat(&world, ANA)),
        ("looked 1, failed 1".to_owned(), "active in Acme".to_owned())
    );
    assert_eq!(told(&world, "Customer Access Ended").len(), 0);
    assert_eq!(other.org().writes().len(), 0);
    let answer = container.invite(request("P-2", "Acme", BO), world.remaining).await.unwrap();
    assert_eq!(answer["error"]["code"], "ORG_CHANGED", "{answer}");

    let wrong = json!({ "acceptOrg": { "org": "main", "id": world.org().organization_id() } });
    let refused = container.sweep(wrong, world.remaining).await.expect_err("it leads elsewhere");
    assert_eq!(refused.error_type, "ORG_CHANGED");
    let right = json!({ "acceptOrg": { "org": "main", "id": other.org().organization_id() } });
    container.sweep(right, world.remaining).await.expect("a person says so");
    let answer = container.invite(request("P-2", "Acme", BO), world.remaining).await.unwrap();
    assert_ne!(answer["error"]["code"], "ORG_CHANGED", "{answer}");
    let report = container.sweep(json!({}), world.remaining).await.expect("nothing is in the way");
    assert_eq!(report["orgs"][0]["sight"]["complete"], true, "{report}");
    let over = told(&world, "Customer Access Ended")[0].detail.clone();
    assert_eq!((&over["email"], &over["reason"]), (&json!(ANA), &json!("projectClosed")));
    assert_eq!(over["proof"]["member"], false, "nobody of hers is in the org that is meant now");
}

#[tokio::test]
async fn who_gives_no_sign_of_life_is_named_to_people_and_nothing_is_done() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    join(&world, "P-1", "Acme", BO).await;
    let until = (world.now() + days(300)).to_string();
    for email in [ANA, BO] {
        let longer =
            machinery::world::with(request("P-1", "Acme", email), &json!({ "expiresAt": until }));
        invite(&world, longer).await;
    }
    world.pass(days(61));
    world.org().note_feed_access("Acme", BO, world.now()).unwrap();
    let report = world.sweep(json!({ "dryRun": true })).await.unwrap();
    let ana = world.org().user_by_email(ANA).expect("a user").id;
    assert_eq!(
        (&report["orgs"][0]["idle"], &report["orgs"][0]["idleCustomers"]),
        (&json!(1), &json!([ana]))
    );
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the numbers are for people to read")]
async fn a_census_costs_what_the_customers_of_an_org_fill_in_pages() {
    let mut calls = Vec::new();
    for customers in [0, 1_000, 10_000] {
        let world = world_with_org(move |options| {
            options.seats = 20_000;
            options.api_limit = 100_000;
        })
        .await;
        let org = world.org();
        let group = org.add_group(&NewGroup::for_customers("Acme")).unwrap();
        for number in 0..customers {
            let user = org.add_user(NewUser::customer(&format!("c{number}@x.example"))).unwrap();
            org.add_member(&group, &user, "Standard").unwrap();
        }
        let report = world.sweep(json!({ "dryRun": true })).await.unwrap();
        assert_eq!(report["orgs"][0]["sight"]["customersSeen"], customers);
        calls.push((customers, report["salesforceCalls"].as_u64().expect("a number")));
    }
    println!("census: {calls:?} (customers, calls with sign-in and settings)");
    let limits = BTreeSet::from([(0, 3), (1_000, 3), (10_000, 20)]);
    for ((_, limit), (customers, calls)) in limits.into_iter().zip(calls) {
        assert!(calls <= limit, "{customers} customers take {calls} calls");
    }
}

async fn adopting(policy: &str) -> World {
    let policy = Policy::from_json(policy).expect("a policy");
    let world = world_with(|setup| setup.policy = policy).await;
    // From its first request on, the ledger knows the org.
    invite(&world, request("P-0", "First", "first@known.example")).await;
    world
}
