//! A customer, the plan, and a whole run with a Salesforce that does as it is told.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Begun, Brake, Customer, Grant, GrantId, Invitation, InvitationId, InvitationStatus, Looked,
    Member, Observed, OrgAlias, Outcomes, Plan, Policy, Role, Settled, Step, UserId, begin, decide,
    settle,
};
use jiff::Timestamp;

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

/// Ana as the ledger has her and as Salesforce shows her.
pub(crate) fn looked(grants: impl IntoIterator<Item = Grant>, observed: Observed) -> Looked {
    Looked { customer: customer(grants), observed }
}

/// The plan for one customer under the default policy, with no project closed.
pub(crate) fn plan(looked: &Looked) -> Plan {
    plan_closing(looked, &[])
}

pub(crate) fn plan_closing(looked: &Looked, projects: &[&str]) -> Plan {
    let looked = std::slice::from_ref(looked);
    decide(&Policy::default(), looked, &closed(projects), Brake::Armed, now())
}

/// One run over one customer: what was planned, done and read back, and what is recorded of it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) plan: Plan,
    pub(crate) begun: Option<Begun>,
    pub(crate) settled: Option<Settled>,
    /// The ledger afterwards, and what Salesforce shows.
    pub(crate) looked: Looked,
}

/// Runs one customer through: decide, begin, do all of it, read back, settle.
pub(crate) fn run(looked: &Looked, at: Timestamp) -> Ran {
    run_with(looked, at, |_, _| true)
}

/// Like [`run`], but only the steps for which `succeeds` are done; nothing else happens.
pub(crate) fn run_with(
    looked: &Looked,
    at: Timestamp,
    succeeds: impl Fn(&GrantId, &Step) -> bool,
) -> Ran {
    let (policy, closed, nothing) = (Policy::default(), BTreeSet::new(), BTreeMap::new());
    let plan = decide(&policy, std::slice::from_ref(looked), &closed, Brake::Armed, at);
    let begun = begin(&looked.customer, &plan, ACTOR, at);
    let customer =
        begun.as_ref().map_or_else(|| looked.customer.clone(), |it| committed(&it.customer));
    let mut observed = looked.observed.clone();
    let mut outcomes = Outcomes::default();
    carry_out(&plan, &customer, &mut observed, &mut outcomes, succeeds);
    let read = Looked { customer, observed };
    let released = Brake::Released(&nothing);
    let after = decide(&policy, std::slice::from_ref(&read), &closed, released, at);
    let settled = settle(&policy, &read, &after, &plan, &outcomes, ACTOR, at);
    let customer =
        settled.as_ref().map_or_else(|| read.customer.clone(), |it| committed(&it.customer));
    Ran { plan, begun, settled, looked: Looked { customer, observed: read.observed } }
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
        Step::Freeze { .. } => {}
    }
    None
}
