//! A customer, the plan, and a whole run with a Salesforce that does as it is told.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Begun, Brake, Customer, Grant, GrantId, Invitation, InvitationId, InvitationStatus, Lease,
    Looked, Member, Observed, OrgAlias, Outcomes, Plan, Policy, Role, Settled, Step, UserId, begin,
    decide, settle,
};
use jiff::{SignedDuration, Timestamp};

use crate::world::*;

pub(crate) fn up_to(maximum_ends_per_run: usize) -> Policy {
    Policy { maximum_ends_per_run, ..Policy::default() }
}

/// Ana with these grants, known as user 1, written five times.
pub(crate) fn customer(grants: impl IntoIterator<Item = Grant>) -> Customer {
    Customer {
        users: BTreeSet::from([user(1)]),
        grants: grants.into_iter().map(|grant| (grant.id.clone(), grant)).collect(),
        version: 5,
        ..Customer::new(OrgAlias::default(), ana())
    }
}

/// Ana as the ledger has her and as Salesforce shows her now.
pub(crate) fn looked(grants: impl IntoIterator<Item = Grant>, observed: Observed) -> Looked {
    Looked::new(customer(grants), observed, now())
}

/// The plan for one customer under the default policy, with no project closed.
pub(crate) fn plan(looked: &Looked) -> Plan {
    plan_closing(looked, &[])
}

pub(crate) fn plan_closing(looked: &Looked, projects: &[&str]) -> Plan {
    let looked = std::slice::from_ref(looked);
    decide(&Policy::default(), looked, &closed(projects), Brake::Armed, now())
}

/// The lease of a run that begins now.
pub(crate) fn lease() -> Lease {
    lease_at(now())
}

/// The lease of a run that begins at an instant: its invocation ends five minutes later.
pub(crate) fn lease_at(at: Timestamp) -> Lease {
    Lease::from_random(7, at + SignedDuration::from_mins(5))
}

/// What is seen at another instant, of what was looked at before.
pub(crate) fn looked_at(before: &Looked, at: Timestamp) -> Looked {
    Looked::new(before.customer.clone(), before.observed.clone(), at)
}

/// One run over one customer: what was planned, done and read back, and what is recorded of it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) plan: Plan,
    pub(crate) begun: Option<Begun>,
    /// `None` where nothing is said of any grant.
    pub(crate) settled: Option<Settled>,
    /// The ledger afterwards, and what Salesforce shows.
    pub(crate) looked: Looked,
}

/// Runs one customer through: decide, begin, do all of it, read back, settle.
pub(crate) fn run(looked: &Looked, at: Timestamp) -> Ran {
    run_with(looked, at, |_, _| true)
}

/// Like [`run`], but only the steps for which `succeeds` are done; nothing else happens, which is certain.
pub(crate) fn run_with(
    looked: &Looked,
    at: Timestamp,
    succeeds: impl Fn(&GrantId, &Step) -> bool,
) -> Ran {
    run_acting(looked, at, |plan, customer, observed| {
        let mut outcomes = Outcomes::default();
        carry_out(plan, customer, observed, &mut outcomes, succeeds);
        outcomes
    })
}

/// Like [`run`], but the answer to each step is lost, whether or not it `arrives`.
pub(crate) fn run_losing(looked: &Looked, at: Timestamp, arrives: bool) -> Ran {
    run_acting(looked, at, |plan, customer, observed| {
        carry_out(plan, customer, observed, &mut Outcomes::default(), |_, _| arrives);
        let tried = plan.decisions.iter().filter(|(_, it)| !it.steps.is_empty());
        Outcomes { unclear: tried.map(|(id, _)| id.clone()).collect(), ..Outcomes::default() }
    })
}

/// One run in the order of the engine, with what `act` makes of the plan.
pub(crate) fn run_acting(
    looked: &Looked,
    at: Timestamp,
    act: impl FnOnce(&Plan, &Customer, &mut Observed) -> Outcomes,
) -> Ran {
    let (policy, closed, nothing) = (Policy::default(), BTreeSet::new(), BTreeMap::new());
    let Looked { customer: before, observed: mut read, .. } = looked.clone();
    let looked = Looked::new(before.clone(), read.clone(), at);
    let plan = decide(&policy, std::slice::from_ref(&looked), &closed, Brake::Armed, at);
    let lease = lease_at(at);
    let begun = begin(&before, &plan, &lease, ACTOR, at);
    let held = begun.as_ref().map_or_else(|| before.clone(), |it| committed(&it.customer));
    let outcomes = act(&plan, &held, &mut read);
    let after = after_acting(&held, &before, &outcomes, &read, at);
    let released = Brake::Released(&nothing);
    let left = decide(&policy, std::slice::from_ref(&after), &closed, released, at);
    let settled = settle(&policy, &after, &left, &plan, &outcomes, ACTOR, at);
    let is_written = settled.customer != held || !settled.announcements.is_empty();
    let customer = if is_written { committed(&settled.customer) } else { held };
    let settled = Some(settled).filter(is_news);
    Ran { plan, begun, settled, looked: Looked { customer, observed: read, at } }
}

/// What is looked at once something was done under the lease, if it was.
pub(crate) fn after_acting(
    held: &Customer,
    before: &Customer,
    outcomes: &Outcomes,
    read: &Observed,
    at: Timestamp,
) -> Looked {
    let customer = if held.is_leased_by(&lease_at(at)) {
        outcomes.carried_out(held.clone(), before, at)
    } else {
        held.clone()
    };
    Looked::new(customer, read.clone(), at)
}

/// Whether anything is said of a grant, in its history or to the world.
pub(crate) fn is_news(settled: &Settled) -> bool {
    !settled.audit.is_empty() || !settled.announcements.is_empty()
}

/// The customer as the ledger has it once written.
pub(crate) fn committed(customer: &Customer) -> Customer {
    Customer { version: customer.version + 1, ..customer.clone() }
}

/// Salesforce as it should answer: memberships first, seats second, every step at once visible.
pub(crate) fn carry_out(
    plan: &Plan,
    customer: &Customer,
    observed: &mut Observed,
    outcomes: &mut Outcomes,
    succeeds: impl Fn(&GrantId, &Step) -> bool,
) {
    let is_ending =
        |id: &GrantId| plan.decisions.get(id).is_some_and(|it| it.verdict == access::Verdict::End);
    for grant in customer.grants.values() {
        let Some(decision) = plan.decisions.get(&grant.id) else { continue };
        let is_live = |it: &Grant| it.is_open() && !is_ending(&it.id);
        let role = customer.role_in(&grant.group.id, is_live).unwrap_or(Role::Member);
        for step in decision.steps.iter().filter(|step| succeeds(&grant.id, step)) {
            if let Some(id) = apply(step, grant, role, observed) {
                outcomes.invited.insert(grant.id.clone(), id);
            }
            if let Step::Reactivate { user } = step {
                outcomes.unfrozen.insert(user.clone());
            }
            outcomes.done.entry(grant.id.clone()).or_default().insert(step.clone());
        }
    }
}

fn apply(step: &Step, grant: &Grant, role: Role, observed: &mut Observed) -> Option<InvitationId> {
    let group = &grant.group.id;
    let set_active = |observed: &mut Observed, user: &UserId, is_active| {
        if let Some(user) = observed.users.get_mut(user) {
            user.is_active = is_active;
        }
    };
    let put = |observed: &mut Observed, user: &UserId, role: Option<Role>| {
        observed.members.retain(|it| it.group != *group || it.user != *user);
        let place = |role| Member { group: group.clone(), user: user.clone(), role };
        observed.members.extend(role.map(place));
    };
    match step {
        Step::Invite => {
            let id = invitation(group.as_str().chars().last().expect("a letter"));
            observed.invitations.push(Invitation {
                id: id.clone(),
                group: Some(group.clone()),
                email: Some(ana()),
                status: InvitationStatus::Sent,
                parent: None,
                created: now(),
                changed: now(),
                accepted_by: None,
            });
            return Some(id);
        }
        Step::Reactivate { user } => set_active(observed, user, true),
        Step::Deactivate { user } => set_active(observed, user, false),
        Step::AddMember { user } => put(observed, user, Some(role)),
        Step::Promote { user } => put(observed, user, Some(Role::Manager)),
        Step::Demote { user } => put(observed, user, Some(Role::Member)),
        Step::RemoveMember { user } => put(observed, user, None),
        Step::CancelInvitation { invitation } => {
            for it in observed.invitations.iter_mut().filter(|it| it.id == *invitation) {
                it.status = InvitationStatus::Canceled;
            }
        }
    }
    None
}
