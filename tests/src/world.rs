//! Short ways to build a world, to act on it, and to look at it.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use access::{Customer, Email, OrgAlias, ProjectId, Proof, State};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use lanyard_local::{Event, Setup};
use runtime::FunctionError;
use salesforce_simulator::{MailKind, Options};
use serde_json::{Value, json};

use crate::contract;

/// When every world begins.
pub(crate) const START: &str = "2027-01-04T09:00:00Z";

/// The counts of a report, in the order of the contract.
const COUNTS: [&str; 12] = [
    "looked", "kept", "joined", "promoted", "ended", "proven", "reproven", "drifted", "stuck",
    "held", "deferred", "failed",
];

/// A world that holds what was emitted in it against the schemas when it ends.
#[derive(Debug)]
pub(crate) struct World(lanyard_local::World);

impl World {
    pub(crate) const TABLE: &str = lanyard_local::World::TABLE;
}

impl Deref for World {
    type Target = lanyard_local::World;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // A scenario that has failed has said why.
        if std::thread::panicking() {
            return;
        }
        for event in self.events() {
            assert_eq!(contract::event(&contract::delivered(&event)), Ok(()));
        }
    }
}

/// A world with the product's defaults.
pub(crate) async fn world() -> World {
    world_with(|_| {}).await
}

/// A world that is set up otherwise.
pub(crate) async fn world_with(change: impl FnOnce(&mut Setup)) -> World {
    let mut setup = Setup::at(START.parse().expect("an instant"));
    setup.first_wait = Some(Duration::from_millis(1));
    change(&mut setup);
    // On the heap: what starts a world is larger than what waits for it should be.
    World(Box::pin(lanyard_local::World::start(setup)).await.expect("everything starts"))
}

/// A world whose org is started otherwise.
pub(crate) async fn world_with_org(change: impl Fn(&mut Options) + Send + 'static) -> World {
    world_with(|setup| setup.org = Box::new(change)).await
}

pub(crate) fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A request for customers, in any form that the field `customers` takes.
pub(crate) fn request(project: &str, group: &str, customers: impl Into<Value>) -> Value {
    json!({
        "project": { "id": project },
        "group": { "name": group },
        "customers": customers.into(),
        "sponsor": "kim@corp.example",
    })
}

/// The same with other fields.
pub(crate) fn with(mut value: Value, fields: &Value) -> Value {
    let fields = fields.as_object().expect("an object").clone();
    value.as_object_mut().expect("an object").extend(fields);
    value
}

/// One customer who is to be manager.
pub(crate) fn manager(email: &str) -> Value {
    json!([{ "email": email, "role": "manager" }])
}

/// Sends a request directly and tells what became of it: outcomes, the code of a refusal, or that of a function error.
pub(crate) async fn invite(world: &World, request: Value) -> String {
    match world.invite(request).await {
        Ok(answer) => outcomes(&answer),
        Err(error) => format!("{}, to be tried again", error.error_type),
    }
}

/// What became of whom.
pub(crate) fn outcomes(answer: &Value) -> String {
    if let Some(code) = answer.pointer("/error/code") {
        return text(code);
    }
    let customers = answer["customers"].as_array().expect("customers");
    let outcome = |it: &Value| {
        let code =
            it.pointer("/error/code").map_or_else(String::new, |code| format!(" {}", text(code)));
        format!("{} {}{code}", text(&it["email"]), text(&it["outcome"]))
    };
    customers.iter().map(outcome).collect::<Vec<_>>().join(", ")
}

/// Invites a customer, who accepts; the next sweep learns of it.
pub(crate) async fn join(world: &World, project: &str, group: &str, email: &str) {
    let answer = invite(world, request(project, group, email)).await;
    assert_eq!(answer, format!("{email} invited"));
    world.org().accept_from(group, email).expect("the invitation is open");
    sweep(world).await;
    assert_eq!(
        grants(world, email).await.last().map(String::as_str),
        Some(&*format!("{project} member active"))
    );
}

/// An EventBridge event of the present instant.
pub(crate) fn event(world: &World, detail_type: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": format!("event-{}", world.now().as_millisecond()), "detail-type": detail_type,
        "source": "corp.projects", "account": "123456789012", "time": world.now(), "region": "eu-central-1",
        "resources": [], "detail": detail,
    })
}

/// *Project Closed* as of now.
pub(crate) fn closed(world: &World, project: &str) -> Value {
    event(world, "Project Closed", &json!({ "projectId": project }))
}

/// *Project Reopened* as of now.
pub(crate) fn reopened(world: &World, project: &str) -> Value {
    event(world, "Project Reopened", &json!({ "projectId": project }))
}

/// Closes a project, which succeeds, and gives the report.
pub(crate) async fn close(world: &World, project: &str) -> Value {
    let report = world.close_project(closed(world, project)).await;
    report.unwrap_or_else(|error| panic!("the project is closed: {error:?}"))
}

/// Sweeps, which succeeds, and gives the report.
pub(crate) async fn sweep(world: &World) -> Value {
    let report = world.sweep(json!({})).await;
    report.unwrap_or_else(|error| panic!("the sweep succeeds: {error:?}"))
}

/// The report of a run that failed.
pub(crate) fn failed(result: Result<Value, FunctionError>) -> Value {
    let error = result.expect_err("the run fails");
    assert_eq!(error.error_type, "RunFailed", "{}", error.message);
    serde_json::from_str(&error.message).expect("the message is the report")
}

/// The counts of a report that are not zero.
pub(crate) fn counts(report: &Value) -> String {
    let count = |name: &&str| report[*name].as_u64().expect("a count");
    let counts = COUNTS.iter().filter(|name| count(name) > 0);
    counts.map(|name| format!("{name} {}", count(name))).collect::<Vec<_>>().join(", ")
}

/// What a customer's grants say: project, role, state, and for one that is over why.
pub(crate) async fn grants(world: &World, email: &str) -> Vec<String> {
    let customer = customer(world, email).await;
    let mut grants: Vec<_> = customer.grants.values().collect();
    grants.sort_by_key(|grant| (grant.requested_at, grant.id.clone()));
    let line = |grant: &&access::Grant| {
        let state = match &grant.state {
            State::Requested { .. } => "requested".to_owned(),
            State::Invited { .. } => "invited".to_owned(),
            State::Active { .. } => "active".to_owned(),
            State::Ending { reason, stuck, .. } => {
                let stuck = if stuck.is_some() { " stuck" } else { "" };
                format!("ending {}{stuck}", access::Reason::from(*reason))
            }
            State::Ended { reason, proof, .. } => {
                let reason = access::Reason::from(*reason);
                match proof {
                    Proof::Unproven => format!("ended {reason} unproven"),
                    Proof::Proven { rereads, .. } => format!("ended {reason} proven {rereads}"),
                    Proof::Drifted { .. } => format!("ended {reason} drifted"),
                }
            }
            State::Refused { code, .. } => format!("refused {code}"),
        };
        format!("{} {} {state}", grant.project, grant.role.as_str())
    };
    grants.iter().map(line).collect()
}

/// What the ledger has of a customer.
pub(crate) async fn customer(world: &World, email: &str) -> Customer {
    let email = Email::parse(email).expect("an address");
    world.ledger.reader.customer(&OrgAlias::default(), &email).await.expect("the ledger answers")
}

/// What the ledger has of a project: `open`, `closing` or `closed`.
pub(crate) async fn project(world: &World, id: &str) -> &'static str {
    let id = ProjectId::parse(id).expect("a project id");
    let project =
        world.ledger.reader.project(&OrgAlias::default(), &id).await.expect("the ledger answers");
    match (project.is_closed, project.is_closing) {
        (false, _) => "open",
        (true, true) => "closing",
        (true, false) => "closed",
    }
}

/// How a customer stands in the org: `nobody`, or `active`, `inactive` or `frozen` with the names of the groups.
pub(crate) fn seat(world: &World, email: &str) -> String {
    let org = world.org();
    let Some(user) = org.user_by_email(email) else { return "nobody".to_owned() };
    let groups = org.groups();
    let mut places: Vec<String> = org
        .members()
        .iter()
        .filter(|member| member.user_id == user.id)
        .filter_map(|member| {
            let group = groups.iter().find(|group| group.id == member.group_id)?;
            let role = if member.role == "Admin" { " as manager" } else { "" };
            Some(format!("{}{role}", group.name))
        })
        .collect();
    places.sort();
    let state = match (user.is_active, user.is_frozen) {
        (false, _) => "inactive",
        (true, Some(true)) => "frozen",
        (true, _) => "active",
    };
    if places.is_empty() { state.to_owned() } else { format!("{state} in {}", places.join(", ")) }
}

/// How many mails invited an address.
pub(crate) fn invitation_mails(world: &World, email: &str) -> usize {
    let mails = world.org().mails();
    mails.iter().filter(|mail| mail.kind == MailKind::Invitation && mail.to == email).count()
}

/// The events of one detail-type.
pub(crate) fn told(world: &World, detail_type: &str) -> Vec<Event> {
    world.events().into_iter().filter(|event| event.detail_type == detail_type).collect()
}

/// Of the events of one detail-type, whom they are about.
pub(crate) fn told_of(world: &World, detail_type: &str) -> Vec<String> {
    told(world, detail_type).iter().map(|event| text(&event.detail["email"])).collect()
}

/// Every item of the ledger, in order.
pub(crate) async fn table(world: &World) -> Vec<BTreeMap<String, AttributeValue>> {
    let mut items = Vec::new();
    let mut from = None;
    loop {
        let scan = world.dynamodb.scan().table_name(World::TABLE).consistent_read(true);
        let answer = scan.set_exclusive_start_key(from).send().await.expect("the ledger answers");
        items.extend(answer.items.unwrap_or_default());
        from = answer.last_evaluated_key.filter(|last| !last.is_empty());
        if from.is_none() {
            break;
        }
    }
    let mut items: Vec<BTreeMap<String, AttributeValue>> =
        items.into_iter().map(|item| item.into_iter().collect()).collect();
    let key = |item: &BTreeMap<String, AttributeValue>| {
        format!("{:?} {:?}", item[ledger::TABLE.partition], item[ledger::TABLE.sort])
    };
    items.sort_by_key(key);
    items
}

/// A JSON text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}
