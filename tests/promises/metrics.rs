//! What each unit of work counts, for alarms and dashboards.

use std::pin::Pin;

use access::OrgAlias;
use lanyard_local::batch;
use machinery::doors::post;
use machinery::world::{
    World, close, closed, days, event, failed, invite, join, lose_ledger, minutes, request, sweep,
    text, told, with, world, world_with, world_with_org,
};
use salesforce_simulator::{Fault, FaultKind, Matching, NewUser, SignInRefusal};
use serde_json::{Value, json};

#[tokio::test]
async fn a_sweep_says_all_of_it_in_one_line_under_the_table_and_the_function() {
    let world = world_with_org(|options| options.api_limit = 50).await;
    invite(&world, with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }))).await;
    world.pass(days(1) + minutes(12));
    world.org().clear_log();
    let before = world.metrics().len();
    let report = sweep(&world).await;

    let [line] = <[Value; 1]>::try_from(world.metrics().split_off(before)).expect("one line");
    let unit = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
    let expected = json!({
        "_aws": {
            "Timestamp": world.now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "Lanyard",
                "Dimensions": [["Ledger"], ["Ledger", "Function"]],
                "Metrics": [
                    unit("Ended", "Count"), unit("Proven", "Count"), unit("Stuck", "Count"),
                    unit("Held", "Count"), unit("Drifted", "Count"), unit("Undecided", "Count"),
                    unit("Ungoverned", "Count"), unit("NotSeen", "Count"), unit("NewFindings", "Count"),
                    unit("Deferred", "Count"),
                    unit("Undone", "Count"), unit("OldestOverdueMinutes", "None"),
                    unit("LingeringSeatMinutes", "None"),
                    unit("CompletedSweeps", "Count"),
                    unit("SalesforceCalls", "Count"), unit("SalesforceAllowanceUsed", "Percent"),
                    unit("SignInRefused", "Count"),
                    unit("OrgNotReady", "Count"),
                ],
            }],
        },
        "Ledger": World::TABLE, "Function": "sweep", "requestId": report["runId"],
        "Ended": 1, "Proven": 1, "Stuck": 0, "Held": 0, "Drifted": 0, "Deferred": 0,
        "Undecided": 0, "Ungoverned": 0, "NotSeen": 0, "NewFindings": 0,
        "Undone": 0, "OldestOverdueMinutes": 0, "LingeringSeatMinutes": 12, "CompletedSweeps": 1,
        "SalesforceCalls": report["salesforceCalls"], "SalesforceAllowanceUsed": requests(&world) * 2,
        "SignInRefused": 0,
        "OrgNotReady": 0,
    });
    assert_eq!(line, expected);
}

#[tokio::test]
async fn only_a_run_over_every_org_counts_as_a_sweep_and_a_dry_run_counts_nothing() {
    let mut world = world_with(|setup| setup.policy.maximum_ends_per_run = 1).await;
    let asked = request("P-1", "Acme", "ana@acme.example bo@acme.example");
    invite(&world, with(asked, &json!({ "days": 1 }))).await;
    world.pass(days(1));
    let before = world.metrics().len();
    for payload in [json!({ "dryRun": true }), json!({ "dryRun": true, "org": "main" })] {
        world.sweep(payload).await.unwrap();
    }
    assert_eq!(world.metrics().len(), before);

    assert_eq!(counted(&world, world.sweep(json!({ "org": "main" }))).await, "sweep Held 2");
    let enough = std::mem::replace(&mut world.remaining, std::time::Duration::from_secs(15));
    let continued = "sweep Held 2, Deferred 2, CompletedSweeps 0";
    assert_eq!(counted(&world, world.sweep(json!({}))).await, continued);
    world.remaining = enough;

    let detail = told(&world, "Continuation").remove(0).detail;
    let asked = with(event(&world, "Continuation", &detail), &json!({ "source": "lanyard" }));
    let asked = batch([asked.to_string().as_str()]);
    assert_eq!(counted(&world, world.sweep(asked)).await, "sweep Held 2, CompletedSweeps 1");

    let digest = told(&world, "Sweep Held").remove(0).detail["planDigest"].clone();
    let release = json!({ "release": digest });
    assert_eq!(counted(&world, world.sweep(release.clone())).await, "sweep Ended 2, Proven 2");
    assert_eq!(counted(&world, world.sweep(release)).await, "sweep");
    assert_eq!(counted(&world, world.sweep(json!({}))).await, "sweep CompletedSweeps 1");
}

#[tokio::test]
async fn a_close_counts_what_it_ended_and_what_it_could_not() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
    world.org().block_deactivation(None, "a rule").unwrap();

    let first = "close-project Ended 1, Proven 1, Stuck 1";
    assert_eq!(counted(&world, world.close_project(closed(&world, "P-1"))).await, first);
    world.pass(minutes(90));
    let again = "close-project Stuck 1, OldestOverdueMinutes 90";
    let event = batch([closed(&world, "P-1").to_string().as_str()]);
    assert_eq!(counted(&world, world.close_project(event)).await, again);
    assert_eq!(
        counted(&world, world.close_project(closed(&world, "P-2"))).await,
        "close-project",
        "there was nothing to do"
    );
}

#[tokio::test]
async fn a_sweep_to_which_salesforce_showed_nothing_is_not_complete() {
    let world = world().await;
    let asked = request("P-1", "Acme", "ana@acme.example");
    invite(&world, with(asked, &json!({ "days": 1 }))).await;
    world.pass(days(1));
    let users = Matching::reads_of("User");
    world.org().add_fault(Fault::always(FaultKind::DropBefore).matching(users));
    let unseen = "sweep NotSeen 1, Undone 1, CompletedSweeps 0";
    assert_eq!(counted(&world, world.sweep(json!({}))).await, unseen);
}

#[tokio::test]
async fn a_run_without_a_sign_in_or_without_a_ledger_has_failed() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    refuse_sign_in(&world);
    let refused = "close-project Undone 1, SignInRefused 1";
    assert_eq!(counted(&world, world.close_project(closed(&world, "P-1"))).await, refused);
    let refused = "sweep Undone 1, CompletedSweeps 0, SignInRefused 1";
    assert_eq!(counted(&world, world.sweep(json!({}))).await, refused);
    world.org().refuse_sign_in(None);
    close(&world, "P-1").await;

    refuse_sign_in(&world);
    assert_eq!(
        counted(&world, world.sweep(json!({ "org": "main" }))).await,
        "sweep Undone 1, SignInRefused 1",
        "nothing is due, and the one who asks for the org is told"
    );

    lose_ledger(&world).await;
    let nothing = "sweep Undone 1, CompletedSweeps 0";
    assert_eq!(counted(&world, world.sweep(json!({}))).await, nothing);
    let nothing = "close-project Undone 1";
    assert_eq!(counted(&world, world.close_project(closed(&world, "P-1"))).await, nothing);
}

#[tokio::test]
async fn an_invitation_request_counts_mails_and_refusals_by_every_door() {
    let world = world().await;
    world.org().add_user(NewUser::internal("lee@corp.example")).expect("a user");
    let customers = "ana@acme.example bo@acme.example lee@corp.example";
    let asked = request("P-1", "Acme", customers);
    assert_eq!(counted(&world, world.invite(asked.clone())).await, "invite Invited 2, Refused 1");
    let http = async { Ok::<_, ()>(post(&world, &asked).await) };
    assert_eq!(counted(&world, http).await, "invite Refused 1");

    close(&world, "P-2").await;
    let requested = |asked: &Value| event(&world, "Customer Access Requested", asked);
    let bodies = [
        requested(&request("P-1", "Acme", "cy@acme.example")).to_string(),
        requested(&request("P-2", "Acme", customers)).to_string(),
        requested(&request("P-1", "Acme", "not an address")).to_string(),
        "not json".to_owned(),
        closed(&world, "P-1").to_string(),
    ];
    let batch = batch(bodies.iter().map(String::as_str));
    assert_eq!(
        counted(&world, world.invite(batch)).await,
        "invite Invited 1; invite Refused 3; invite Refused 1",
        "what is no request at all is none"
    );
    for body in ["{", "[]"] {
        let context = json!({ "http": { "method": "POST", "path": "/invitations" } });
        let malformed = json!({ "version": "2.0", "requestContext": context, "body": body });
        assert_eq!(counted(&world, world.invite(malformed)).await, "invite Refused 1", "{body}");
    }
    let unknown = with(request("P-1", "Acme", customers), &json!({ "org": "elsewhere" }));
    assert_eq!(counted(&world, world.invite(unknown)).await, "invite Refused 3");
    let beyond = with(request("P-1", "Acme", customers), &json!({ "days": 366 }));
    assert_eq!(counted(&world, world.invite(beyond)).await, "invite Refused 3");
}

#[tokio::test]
async fn a_request_that_may_be_repeated_is_unavailable_and_refuses_nobody() {
    let world = world().await;
    let asked = request("P-1", "Acme", "ana@acme.example bo@acme.example");
    refuse_sign_in(&world);
    let refused = "invite Unavailable 1, SignInRefused 1";
    assert_eq!(counted(&world, world.invite(asked.clone())).await, refused);
    world.org().refuse_sign_in(None);

    world.org().add_fault(Fault::always(FaultKind::DropBefore));
    assert_eq!(counted(&world, world.invite(asked.clone())).await, "invite Unavailable 1");
    world.org().clear_faults();

    // A refusal that nobody can be told of comes again.
    let asked = event(&world, "Customer Access Requested", &request("P-1", "Acme", "ana"));
    lose_ledger(&world).await;
    let asked = batch([asked.to_string().as_str()]);
    assert_eq!(counted(&world, world.invite(asked)).await, "invite Unavailable 1");
}

#[tokio::test]
async fn the_allowance_is_that_of_the_org_that_has_used_most_and_absent_where_none_said() {
    let world = world_with_org(|options| options.api_limit = 20).await;
    sweep(&world).await;
    let line = world.metrics().remove(0);
    assert!(!line.to_string().contains("SalesforceAllowanceUsed"), "{line}");

    // The orgs go in the order of their aliases.
    let other = world_with_org(|options| options.api_limit = 1_000).await;
    let second = OrgAlias::parse("second").unwrap();
    world.set_secret(&second, Some(other.simulator.secret_json()));
    for org in ["main", "second"] {
        let asked = request("P-1", "Acme", "ana@acme.example");
        invite(&world, with(asked, &json!({ "org": org, "days": 1 }))).await;
    }
    world.pass(days(1));
    other.pass(days(1));
    world.org().clear_log();
    assert_eq!(sweep(&world).await["ended"], 2);
    let line = world.metrics().pop().expect("a line");
    assert_eq!(line["SalesforceAllowanceUsed"], requests(&world) * 5);
}

#[tokio::test]
async fn a_run_that_fails_measures_what_its_report_says() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().block_deactivation(None, "a rule").unwrap();
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    let line = world.metrics().pop().expect("a line");
    for (name, field) in [("Stuck", "stuck"), ("SalesforceCalls", "salesforceCalls")] {
        assert_eq!(line[name], report[field], "{name}");
    }
    assert_eq!((&report["failed"], &line["Undone"]), (&json!(1), &json!(0)), "stuck is not undone");
}

/// What a piece of work counts that is not zero, and whether it completed a sweep, without what Salesforce was asked: a
/// text for each line, joined with `; `.
pub(crate) fn counted<T, E>(
    world: &World,
    work: impl Future<Output = Result<T, E>>,
) -> Pin<Box<impl Future<Output = String>>> {
    Box::pin(async {
        let before = world.metrics().len();
        // Whether it succeeds is shown elsewhere.
        let _ = work.await;
        let lines = world.metrics().split_off(before);
        lines.iter().map(line).collect::<Vec<_>>().join("; ")
    })
}

fn line(line: &Value) -> String {
    let definitions = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"];
    let names = definitions.as_array().expect("a list").iter().map(|it| text(&it["Name"]));
    let names = names.filter(|name| !name.starts_with("Salesforce"));
    let told = names.filter(|name| name == "CompletedSweeps" || line[name] != 0);
    let counts: Vec<String> = told.map(|name| format!("{name} {}", line[&name])).collect();
    format!("{} {}", text(&line["Function"]), counts.join(", ")).trim_end().to_owned()
}

/// How many of the org's daily requests the calls in its log took.
fn requests(world: &World) -> usize {
    world.org().calls().iter().filter(|call| call.counted).count()
}

fn refuse_sign_in(world: &World) {
    world.org().refuse_sign_in(Some(SignInRefusal::new("invalid_grant", "audience is invalid")));
    world.org().expire_sessions();
}
