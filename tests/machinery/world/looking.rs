//! Short ways to look at a world.

use std::collections::BTreeMap;

use access::{Customer, Email, Entry, GrantId, OrgAlias, ProjectId, Proof, State};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::BoxFuture;
use lanyard_local::Event;
use salesforce_simulator::MailKind;

use crate::world::{World, text};

/// What a customer's grants say: project, role, state, and for one that is over why.
pub async fn grants(world: &World, email: &str) -> Vec<String> {
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
pub fn customer<'a>(world: &'a World, email: &str) -> BoxFuture<'a, Customer> {
    let email = Email::parse(email).expect("an address");
    Box::pin(async move {
        let customer = world.ledger.reader.customer(&OrgAlias::default(), &email).await;
        customer.expect("the ledger answers")
    })
}

/// What the ledger has of a project: `open`, `closing` or `closed`.
pub fn project<'a>(world: &'a World, id: &str) -> BoxFuture<'a, &'static str> {
    let id = ProjectId::parse(id).expect("a project id");
    Box::pin(async move {
        let project = world.ledger.reader.project(&OrgAlias::default(), &id).await;
        let project = project.expect("the ledger answers");
        match (project.is_closed(), project.is_closing()) {
            (false, _) => "open",
            (true, true) => "closing",
            (true, false) => "closed",
        }
    })
}

/// What the ledger has of a grant's past.
pub fn history<'a>(world: &'a World, grant: &'a GrantId) -> BoxFuture<'a, Vec<Entry>> {
    Box::pin(async { world.ledger.reader.history(grant).await.expect("the ledger answers") })
}

/// How a customer, by address or by the user's id, stands in the org: `nobody`, or `active`, `inactive` or `frozen` with the names of the groups.
#[must_use]
pub fn seat(world: &World, email: &str) -> String {
    let org = world.org();
    let by_id = || org.users().into_iter().find(|user| user.id == email);
    let Some(user) = org.user_by_email(email).or_else(by_id) else { return "nobody".to_owned() };
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
#[must_use]
pub fn invitation_mails(world: &World, email: &str) -> usize {
    let mails = world.org().mails();
    mails.iter().filter(|mail| mail.kind == MailKind::Invitation && mail.to == email).count()
}

/// The events of one detail-type.
#[must_use]
pub fn told(world: &World, detail_type: &str) -> Vec<Event> {
    world.events().into_iter().filter(|event| event.detail_type == detail_type).collect()
}

/// Of the events of one detail-type, whom they are about.
#[must_use]
pub fn told_of(world: &World, detail_type: &str) -> Vec<String> {
    told(world, detail_type).iter().map(|event| text(&event.detail["email"])).collect()
}

/// Every item of the ledger, in order.
pub fn table(world: &World) -> BoxFuture<'_, Vec<BTreeMap<String, AttributeValue>>> {
    Box::pin(async {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let scan = world.dynamodb.scan().table_name(World::TABLE).consistent_read(true);
            let answer = scan.set_exclusive_start_key(from).send().await;
            let answer = answer.expect("the ledger answers");
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
    })
}
