//! What everybody can see after a story, in lines that two runs of the story have in common.
//!
//! Instants and ids differ from run to run, so that they are left out, or stand for each other: an event's id is in no line, but
//! of events that look the same there are as many as there are ids.

use std::collections::{BTreeMap, BTreeSet};

use access::{Grant, OrgAlias, ProjectId, Proof, State};
use futures_util::future::BoxFuture;
use lanyard_local::Event;
use salesforce_simulator::MailKind;
use serde_json::Value;

use crate::world::{World, customer, history, text};

/// All there is to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Users, places and invitations.
    pub org: Vec<String>,
    /// Grants and projects.
    pub ledger: Vec<String>,
    /// The histories of the grants, without repetitions.
    pub histories: Vec<String>,
    /// What the bus got, each id once.
    pub events: Vec<String>,
    /// The mails that invited somebody.
    pub mails: Vec<String>,
}

impl Picture {
    /// Takes the picture of these customers and projects.
    #[must_use]
    pub fn take<'a>(
        world: &'a World,
        emails: &'a [&'a str],
        projects: &'a [&'a str],
    ) -> BoxFuture<'a, Self> {
        Box::pin(async move {
            let mut picture = Self { org: of_org(world), events: of_bus(world), ..Self::default() };
            for email in emails {
                picture.add_customer(world, email).await;
            }
            for id in projects {
                let id = ProjectId::parse(id).expect("a project id");
                let project = world.ledger.reader.project(&OrgAlias::default(), &id).await;
                let project = project.expect("the ledger answers");
                picture.ledger.push(format!(
                    "{id}: closed {}, closing {}",
                    project.is_closed(),
                    project.is_closing()
                ));
            }
            let mails = world.org().mails();
            let invitations = mails.iter().filter(|mail| mail.kind == MailKind::Invitation);
            picture.mails = invitations.map(|mail| mail.to.clone()).collect();
            picture.mails.sort();
            picture.ledger.sort();
            picture.histories.sort();
            picture
        })
    }

    async fn add_customer(&mut self, world: &World, email: &str) {
        let customer = customer(world, email).await;
        self.ledger.push(format!(
            "{email}: {} users, {} frozen",
            customer.users.len(),
            customer.frozen.len()
        ));
        for grant in customer.grants.values() {
            self.ledger.push(format!("{email}: {}", line_of(grant)));
            let history = history(world, &grant.id).await;
            let states = history.iter().filter_map(|entry| Some(state_of(&entry.standing()?)));
            let states = without_stages(states.collect());
            let of = format!("{email} {} {}", grant.project, grant.group.name);
            self.histories.push(format!("{of}: {}", states.join(" > ")));
        }
    }

    /// Where this picture differs from what was expected; nothing if it does not.
    #[must_use]
    pub fn differences(&self, expected: &Self) -> Vec<String> {
        let parts = [
            (&self.org, &expected.org),
            (&self.ledger, &expected.ledger),
            (&self.histories, &expected.histories),
            (&self.events, &expected.events),
            (&self.mails, &expected.mails),
        ];
        parts.into_iter().flat_map(|(got, expected)| differences(got, expected)).collect()
    }
}

/// The states of a grant one after the other, without those that a run only goes through when something keeps it from going on at
/// once: an ending that was not read back yet, and one that is stuck and not frozen yet.
fn without_stages(states: Vec<String>) -> Vec<String> {
    let is_stage = |state: &str| state.ends_with("unproven") || state.ends_with("frozen false");
    let last = states.last().cloned();
    let mut kept: Vec<String> = states.into_iter().filter(|state| !is_stage(state)).collect();
    kept.extend(last);
    kept.dedup();
    kept
}

/// What is on one side only, each line as often as that.
fn differences(got: &[String], expected: &[String]) -> Vec<String> {
    let mut count: BTreeMap<&str, i64> = BTreeMap::new();
    for line in got {
        *count.entry(line).or_default() += 1;
    }
    for line in expected {
        *count.entry(line).or_default() -= 1;
    }
    let told = count.into_iter().filter(|(_, surplus)| *surplus != 0);
    told.map(|(line, surplus)| {
        let (side, times) = if surplus > 0 { ("too much", surplus) } else { ("missing", -surplus) };
        format!("{side} ({times}): {line}")
    })
    .collect()
}

fn of_org(world: &World) -> Vec<String> {
    let org = world.org();
    let groups = org.groups();
    let name = |id: &str| {
        groups
            .iter()
            .find(|it| it.id == id)
            .map_or_else(|| "no group".to_owned(), |it| it.name.clone())
    };
    let users = org.users();
    let users = users.iter().map(|it| {
        format!("{} {}: active {}, frozen {:?}", it.email, it.licence, it.is_active, it.is_frozen)
    });
    let members = org.members();
    let members =
        members.iter().map(|it| format!("{} is {} in {}", it.email, it.role, name(&it.group_id)));
    let invitations = org.invitations();
    let invitations = invitations
        .iter()
        .map(|it| format!("{} is invited to {}: {}", it.email, name(&it.group_id), it.status));
    let groups =
        groups.iter().map(|it| format!("group {}: guests {}", it.name, it.can_have_guests));
    let mut lines: Vec<String> = users.chain(members).chain(invitations).chain(groups).collect();
    lines.sort();
    lines
}

fn of_bus(world: &World) -> Vec<String> {
    let mut by_id: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // A continuation is for Lanyard itself.
    let is_told = |event: &Event| event.detail_type != "Continuation";
    for event in world.events().into_iter().filter(is_told) {
        let mut detail = event.detail.clone();
        let id = text(&detail["id"]);
        leave_out(&mut detail);
        by_id.entry(id).or_default().insert(format!("{} {detail}", event.detail_type));
    }
    let mut lines: Vec<String> = Vec::new();
    for (id, told) in by_id {
        assert_eq!(told.len(), 1, "{id} says one thing: {told:?}");
        lines.extend(told);
    }
    lines.sort();
    lines
}

/// Takes out what differs from run to run.
fn leave_out(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                let differs = ["id", "at", "grantId", "planDigest", "readAt", "since", "subject"];
                !differs.contains(&name.as_str())
            });
            fields.values_mut().for_each(leave_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn line_of(grant: &Grant) -> String {
    let Grant { project, group, role, sponsor, expires_at, state, joined, noticed, .. } = grant;
    let joined_as = joined.as_ref().map(|it| it.joined_as.as_ref().map(ToString::to_string));
    format!(
        "{project} in {} as {} for {sponsor} until {expires_at}: {}, joined {joined_as:?}, noticed {noticed:?}",
        group.name,
        role.as_str(),
        state_of(state),
    )
}

/// A state in words, without instants and ids.
fn state_of(state: &State) -> String {
    match state {
        State::Requested { .. } => "requested".to_owned(),
        State::Invited { .. } => "invited".to_owned(),
        State::Active { .. } => "active".to_owned(),
        State::Ending { reason, stuck: None, .. } => format!("ending {reason:?}"),
        State::Ending { reason, stuck: Some(stuck), .. } => {
            format!(
                "ending {reason:?} stuck at {} by {}, frozen {}",
                stuck.step, stuck.code, stuck.frozen
            )
        }
        State::Ended { reason, proof, .. } => match proof {
            Proof::Unproven => format!("ended {reason:?} unproven"),
            Proof::Proven { rereads, .. } => format!("ended {reason:?} proven {rereads}"),
            Proof::Drifted { .. } => format!("ended {reason:?} drifted"),
        },
        State::Refused { code, .. } => format!("refused {code}"),
    }
}
