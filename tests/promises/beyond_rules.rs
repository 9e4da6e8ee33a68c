//! Rules hold also for whoever is known by another address, for what was asked for before the rules, and for requests that are refused.

use access::Policy;
use lanyard_local::Traits;
use machinery::world::{
    World, days, grants, invitation_mails, invite, join, manager, minutes, outcomes, request, seat,
    sweep, told, with, world,
};
use salesforce_simulator::{Fault, FaultKind, Matching, NewGroup, NewUser};
use serde_json::json;

use crate::upstreams::{accept_as, ask, close, refused, send, world_of};

const ANA: &str = "ana@acme.example";
const TOTAL: &str = r#"{ "maximumTotalDays": 100, "maximumDays": 60, "defaultDays": 30, "sources": { "operator": { "end": "any" } } }"#;
const BANK: &str = "ana@bank.example";
const RIVAL: &str = "ana@competitor.example";

async fn vendor_and_corp() -> World {
    world_of(json!({ "sources": { "corp.projects": {}, "vendor": {} } })).await
}

async fn elsewhere() -> World {
    world_of(json!({ "domains": { "allow": ["bank.example"] }, "joinedElsewhere": "end", "protectedEmails": ["boss@competitor.example"] })).await
}

async fn nights(world: &World, count: u32) {
    for _ in 0..count {
        world.pass(days(1));
        let _ = world.sweep(json!({})).await;
    }
}

#[tokio::test]
async fn the_other_address_of_one_user_is_held_against_the_domains() {
    let world = world_of(json!({ "domains": { "deny": ["competitor.example"] } })).await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).unwrap().id;
    world.org().set_email(&user, "ana@competitor.example").unwrap();
    world.pass(minutes(20));
    let answer = invite(&world, request("P-2", "Beta", "ana@competitor.example")).await;
    assert_eq!(answer, "ana@competitor.example refused DOMAIN_NOT_ALLOWED");
    let answer = invite(&world, request("P-2", "Beta", ANA)).await;
    assert!(
        answer.contains("refused"),
        "let into another group with an address that is denied: {answer}, {}",
        seat(&world, &user)
    );
}

#[tokio::test]
async fn whose_rule_says_own_takes_no_role_that_others_gave() {
    let world = vendor_and_corp().await;
    ask(&world, "corp.projects", &request("P-1", "Acme", manager(ANA))).await;
    world.org().accept_from("Acme", ANA).unwrap();
    sweep(&world).await;
    ask(&world, "vendor", &request("P-1", "Acme", json!([{ "email": ANA, "role": "member" }])))
        .await;
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "active in Acme as manager", "{:?}", refused(&world));
}

#[tokio::test]
async fn whoever_was_ended_for_joining_elsewhere_is_not_put_back_by_asking_again() {
    let world = elsewhere().await;
    invite(&world, request("P-1", "Acme", BANK)).await;
    accept_as(&world, BANK, RIVAL);
    nights(&world, 2).await;
    assert_eq!(seat(&world, RIVAL), "inactive");
    let mut answers = Vec::new();
    for (project, group) in [("P-1", "Acme"), ("P-2", "Beta")] {
        answers.push(invite(&world, request(project, group, BANK)).await);
        answers.push(seat(&world, RIVAL));
        nights(&world, 2).await;
        answers.push(seat(&world, RIVAL));
    }
    assert_eq!(seat(&world, RIVAL), "inactive", "{answers:?}");
    assert!(
        !answers.iter().any(|it| it.contains("reactivated") || it.contains("active in")),
        "{answers:?}"
    );
}

#[tokio::test]
async fn who_may_not_adopt_takes_over_nothing_by_a_way_round() {
    let mut broken = Vec::new();
    for case in [
        "member",
        "invitation",
        "inactive with a place",
        "second address",
        "customer of ours with a place by hand",
        "as manager",
    ] {
        let world =
            world_of(json!({ "sources": { "vendor": { "adopt": false }, "corp.projects": {} } }))
                .await;
        let org = world.org();
        org.add_group(&NewGroup::for_customers("Acme")).unwrap();
        let mut email = ANA;
        match case {
            "invitation" => {
                org.add_invitation("Acme", ANA).unwrap();
            }
            "customer of ours with a place by hand" => {
                ask(&world, "corp.projects", &request("P-0", "Beta", ANA)).await;
                org.accept_from("Beta", ANA).unwrap();
                sweep(&world).await;
                org.add_member("Acme", ANA, "Standard").unwrap();
            }
            _ => {
                org.add_user(NewUser::customer(ANA)).unwrap();
                org.add_member("Acme", ANA, "Standard").unwrap();
                if case == "inactive with a place" {
                    org.deactivate(ANA).unwrap();
                }
                if case == "second address" {
                    ask(&world, "corp.projects", &request("P-0", "Beta", ANA)).await;
                    org.set_email(ANA, "ana@two.example").unwrap();
                    email = "ana@two.example";
                }
            }
        }
        let asked = if case == "as manager" {
            request("V-1", "Acme", manager(email))
        } else {
            request("V-1", "Acme", email)
        };
        ask(&world, "vendor", &asked).await;
        let held = grants(&world, email).await;
        if held.iter().any(|it| it.starts_with("V-1")) {
            broken.push(format!("{case}: {held:?}"));
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[tokio::test]
async fn who_joined_elsewhere_and_may_stay_by_another_rule_is_not_prolonged_beyond_it() {
    // Told only: the domains still hold for what is asked anew for whoever is known to be elsewhere.
    let world = world_of(json!({ "domains": { "allow": ["bank.example"] } })).await;
    invite(&world, with(request("P-1", "Acme", BANK), &json!({ "days": 5 }))).await;
    accept_as(&world, BANK, RIVAL);
    nights(&world, 1).await;
    assert_eq!(told(&world, "Customer Joined").len(), 1);
    let longer = invite(&world, with(request("P-1", "Acme", BANK), &json!({ "days": 300 }))).await;
    let other = invite(&world, request("P-2", "Board", manager(BANK))).await;
    assert!(
        longer.contains("refused") && other.contains("refused"),
        "{longer}; {other}; {}",
        seat(&world, RIVAL)
    );
}

#[tokio::test]
async fn a_request_refused_for_its_number_takes_no_project_though_only_one_is_too_many() {
    let world = world_of(
        json!({ "sources": { "corp.projects": {}, "vendor": { "invitationsPerDay": 0 } } }),
    )
    .await;
    for number in 0..20 {
        ask(&world, "vendor", &request(&format!("P-{number}"), "Acme", "x@acme.example")).await;
    }
    assert_eq!(refused(&world).len(), 20);
    ask(&world, "corp.projects", &request("P-7", "Acme", ANA)).await;
    let vendor = close(&world, "vendor", "P-7").await;
    let corp = close(&world, "corp.projects", "P-7").await;
    assert_eq!((vendor, corp), (false, true), "who may let in nobody has taken the project");
}

#[tokio::test]
async fn whoever_is_beyond_the_longest_stay_can_be_shortened() {
    let world = world().await;
    invite(&world, with(request("P-1", "Acme", ANA), &json!({ "days": 300 }))).await;
    world.org().accept_from("Acme", ANA).unwrap();
    sweep(&world).await;
    world.pass(days(110));
    let traits = Traits { policy: Some(Policy::from_json(TOTAL).unwrap()), ..Traits::default() };
    let deployed = world.container_with(world.addresses(), &traits).unwrap();
    let answer = deployed
        .invite(with(request("P-1", "Acme", ANA), &json!({ "days": 1 })), world.remaining)
        .await
        .unwrap();
    world.pass(days(2));
    deployed.sweep(json!({}), world.remaining).await.unwrap();
    assert_eq!(seat(&world, ANA), "inactive", "{}", outcomes(&answer));
}

#[tokio::test]
async fn what_was_interrupted_is_not_carried_out_by_the_night_once_the_rules_forbid_it() {
    let mut broken = Vec::new();
    for (case, policy) in [
        ("domain", json!({ "domains": { "deny": ["acme.example"] } })),
        ("no rule", json!({ "sources": { "operator": {} } })),
        ("group", json!({ "sources": { "corp.projects": { "groups": [] } } })),
    ] {
        let world = world_of(json!({})).await;
        world.org().add_group(&NewGroup::for_customers("Acme")).unwrap();
        world.org().add_fault(
            Fault::always(FaultKind::DropBefore)
                .matching(Matching::writes_of("CollaborationInvitation")),
        );
        let asked = request("P-1", "Acme", ANA);
        assert!(!send(&world, "corp.projects", "Customer Access Requested", &asked).await);
        world.org().clear_faults();
        world.pass(days(1));
        let before = grants(&world, ANA).await;
        let traits = Traits {
            policy: Some(Policy::from_json(&policy.to_string()).unwrap()),
            ..Traits::default()
        };
        let deployed = world.container_with(world.addresses(), &traits).unwrap();
        deployed.sweep(json!({}), world.remaining).await.unwrap();
        if invitation_mails(&world, ANA) > 0 {
            broken
                .push(format!("{case}: before {before:?}, after {:?}", grants(&world, ANA).await));
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[tokio::test]
async fn a_request_dated_ahead_again_and_again_does_not_keep_a_withdrawal_off() {
    let world = vendor_and_corp().await;
    ask(&world, "corp.projects", &request("P-1", "Acme", ANA)).await;
    world.org().accept_from("Acme", ANA).unwrap();
    sweep(&world).await;
    for _ in 0..5 {
        ask(
            &world,
            "vendor",
            &with(request("P-1", "Acme", ANA), &json!({ "requestedAt": world.now() + minutes(5) })),
        )
        .await;
        send(
            &world,
            "corp.projects",
            "Customer Access Withdrawn",
            &json!({ "customers": ANA, "projectId": "P-1" }),
        )
        .await;
        world.pass(minutes(2));
    }
    sweep(&world).await;
    assert_eq!(
        seat(&world, ANA),
        "inactive",
        "five withdrawals by the project's owner, each dated before what the vendor dates ahead; told: {:?}",
        world
            .events()
            .iter()
            .map(|it| it.detail_type.clone())
            .collect::<std::collections::BTreeSet<_>>()
    );
}

#[tokio::test]
async fn nobody_takes_the_project_of_the_ungoverned_by_naming_it() {
    let mut broken = Vec::new();
    for source in ["vendor", "corp.projects"] {
        let world = world_of(json!({ "sources": { "corp.projects": {}, "vendor": {} }, "ungoverned": { "adopt": { "days": 30, "sponsor": "kim@corp.example" } } })).await;
        if source == "vendor" {
            ask(&world, "vendor", &request("ungoverned", "Mine", "bo@acme.example")).await;
        } else {
            ask(&world, "corp.projects", &request("P-0", "Mine", "bo@acme.example")).await;
        }
        world.org().add_group(&NewGroup::for_customers("Lounge")).unwrap();
        world.org().add_user(NewUser::customer("eve@else.example")).unwrap();
        world.org().add_member("Lounge", "eve@else.example", "Standard").unwrap();
        for _ in 0..2 {
            world.pass(days(1));
            sweep(&world).await;
        }
        assert_eq!(grants(&world, "eve@else.example").await, ["ungoverned member active"]);
        let soon = with(request("ungoverned", "Lounge", "eve@else.example"), &json!({ "days": 1 }));
        ask(&world, "vendor", &soon).await;
        world.pass(days(3));
        sweep(&world).await;
        if seat(&world, "eve@else.example") != "active in Lounge" {
            broken.push(format!("{source}: shortened"));
        }
        let named = json!({ "customers": "eve@else.example", "projectId": "ungoverned" });
        let is_taken = send(&world, "vendor", "Customer Access Withdrawn", &named).await;
        if close(&world, "vendor", "ungoverned").await {
            broken.push(format!("{source}: closed"));
        }
        world.pass(minutes(20));
        sweep(&world).await;
        if is_taken || seat(&world, "eve@else.example") != "active in Lounge" {
            broken.push(format!(
                "{source}: withdrawn {is_taken} {:?}",
                grants(&world, "eve@else.example").await
            ));
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[tokio::test]
async fn a_customer_answers_for_nobody_by_a_sub_address() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let asked = with(
        request("P-2", "Acme", "bo@acme.example"),
        &json!({ "sponsor": "ana+boss@acme.example" }),
    );
    assert_eq!(invite(&world, asked).await, "SPONSOR_NOT_ALLOWED");
}
