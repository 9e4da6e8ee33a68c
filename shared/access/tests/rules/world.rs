//! A small world: one customer, some groups, and what Salesforce shows. Instants are days before or after `NOW`.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Actor, Ask, Begun, Brake, Completeness, Customer, Decision, Email, EndReason, Grant, GrantId,
    Group, GroupId, Invitation, InvitationId, InvitationStatus, Joined, Looked, Member, Observed,
    OrgAlias, Outcomes, Plan, Policy, ProjectId, Proof, Role, Settled, State, Step, User, UserId,
    begin, decide, settle,
};
use jiff::{SignedDuration, Timestamp};

pub(crate) const ACTOR: Actor<'static> = Actor { name: "test", plan_digest: None };

pub(crate) fn now() -> Timestamp {
    "2027-01-31T00:00:00Z".parse().expect("an instant")
}

/// `minutes` after `now`, or before it.
pub(crate) fn minutes(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// `days` after `now`, or before it.
pub(crate) fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

pub(crate) fn ana() -> Email {
    email("ana@acme.example")
}

pub(crate) fn group(letter: char) -> GroupId {
    GroupId::parse(&format!("0F9{letter:0>15}")).expect("a group id")
}

pub(crate) fn user(number: u8) -> UserId {
    UserId::parse(&format!("005{number:0>15}")).expect("a user id")
}

pub(crate) fn invitation(letter: char) -> InvitationId {
    InvitationId::parse(&format!("inv{letter:0>15}")).expect("an invitation id")
}

pub(crate) fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).expect("a project id")
}

pub(crate) fn grant_id(number: u8) -> GrantId {
    GrantId::from_random(u128::from(number))
}

pub(crate) fn closed(projects: &[&str]) -> BTreeSet<ProjectId> {
    projects.iter().map(|id| project(id)).collect()
}

pub(crate) fn up_to(maximum_ends_per_run: usize) -> Policy {
    Policy { maximum_ends_per_run, ..Policy::default() }
}

pub(crate) fn remove(number: u8) -> Step {
    Step::RemoveMember { user: user(number) }
}

pub(crate) fn deactivate(number: u8) -> Step {
    Step::Deactivate { user: user(number) }
}

pub(crate) fn cancel(letter: char) -> Step {
    Step::CancelInvitation { invitation: invitation(letter) }
}

pub(crate) fn active(since: i64) -> State {
    State::Active { since: days(since) }
}

pub(crate) fn invited(since: i64) -> State {
    State::Invited { since: days(since), invitation: None }
}

/// Requested, and claimed until so many minutes from now.
pub(crate) fn requested(claimed: i64) -> State {
    State::Requested { claimed_until: minutes(claimed) }
}

pub(crate) fn ending(reason: EndReason, since: i64, steps: &[Step]) -> State {
    State::Ending { reason, since: days(since), steps: steps.to_vec(), stuck: None }
}

/// Ended so many days from now, recorded with version 5, not yet proven.
pub(crate) fn ended(reason: EndReason, at: i64, steps: &[Step]) -> State {
    let steps = steps.to_vec();
    State::Ended { reason, at: days(at), steps, settled: 5, proof: Proof::Unproven }
}

/// Ended and proven so many days from now, with as many re-reads done.
pub(crate) fn proven(reason: EndReason, at: i64, rereads: usize, steps: &[Step]) -> State {
    let proof = Proof::Proven { at: days(at), rereads };
    State::Ended { reason, at: days(at), steps: steps.to_vec(), settled: 5, proof }
}

/// A grant of project `P-1` for group `a` as a member, with a month to go.
pub(crate) fn grant(number: u8, state: State) -> Grant {
    let joined = matches!(state, State::Active { .. });
    Grant {
        id: grant_id(number),
        project: project("P-1"),
        project_name: None,
        group: Group { id: group('a'), name: "Acme rollout".to_owned() },
        role: Role::Member,
        sponsor: email("kim@corp.example"),
        reason: None,
        message: None,
        expires_at: days(31),
        requested_at: days(-10),
        state,
        joined: joined.then(|| Joined { at: days(-9), joined_as: None }),
        noticed: None,
        retry_at: None,
        confirmed: 5,
        version: 3,
    }
}

pub(crate) trait GrantExt {
    fn of_project(self, id: &str) -> Self;
    fn in_group(self, letter: char) -> Self;
    fn manager(self) -> Self;
    fn expires(self, days: i64) -> Self;
    fn has_joined(self) -> Self;
}

impl GrantExt for Grant {
    fn of_project(self, id: &str) -> Self {
        Self { project: project(id), ..self }
    }

    fn in_group(self, letter: char) -> Self {
        let group = Group { id: group(letter), name: format!("Group {letter}") };
        Self { group, ..self }
    }

    fn manager(self) -> Self {
        Self { role: Role::Manager, ..self }
    }

    fn expires(self, days_ahead: i64) -> Self {
        Self { expires_at: days(days_ahead), ..self }
    }

    fn has_joined(self) -> Self {
        Self { joined: Some(Joined { at: days(-9), joined_as: None }), ..self }
    }
}

/// What Salesforce shows of the customer; complete unless said otherwise.
pub(crate) fn seen() -> Observed {
    Observed { completeness: Completeness::Complete, ..Observed::default() }
}

pub(crate) trait ObservedExt {
    fn user(self, number: u8) -> Self;
    fn inactive(self, number: u8) -> Self;
    fn colleague(self, number: u8) -> Self;
    fn stock(self, number: u8) -> Self;
    fn with_email(self, number: u8, address: &str) -> Self;
    fn member(self, number: u8, letter: char) -> Self;
    fn manager(self, number: u8, letter: char) -> Self;
    fn invited(self, letter: char) -> Self;
    fn invitation(self, letter: char, status: InvitationStatus) -> Self;
    fn partial(self) -> Self;
}

impl ObservedExt for Observed {
    fn user(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: true, is_stock: false, is_active: true };
        with_user(self, number, it)
    }

    fn inactive(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: true, is_stock: false, is_active: false };
        with_user(self, number, it)
    }

    fn colleague(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: false, is_stock: false, is_active: true };
        with_user(self, number, it)
    }

    fn stock(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: true, is_stock: true, is_active: true };
        with_user(self, number, it)
    }

    fn with_email(mut self, number: u8, address: &str) -> Self {
        self.users.get_mut(&user(number)).expect("a user").email = Some(email(address));
        self
    }

    fn member(self, number: u8, letter: char) -> Self {
        with_place(self, number, letter, Role::Member)
    }

    fn manager(self, number: u8, letter: char) -> Self {
        with_place(self, number, letter, Role::Manager)
    }

    fn invited(self, letter: char) -> Self {
        self.invitation(letter, InvitationStatus::Sent)
    }

    fn invitation(mut self, letter: char, status: InvitationStatus) -> Self {
        self.invitations.push(Invitation {
            id: invitation(letter),
            group: Some(group(letter)),
            email: Some(ana()),
            status,
            parent: None,
        });
        self
    }

    fn partial(self) -> Self {
        Self { completeness: Completeness::Partial, ..self }
    }
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

/// A plan as a person reads it, with short names of grants.
pub(crate) fn printed(plan: &Plan) -> String {
    let mut text = plan.to_string();
    for number in (0..=u8::MAX).rev() {
        text = text.replace(grant_id(number).as_str(), &format!("g{number}"));
    }
    text
}

/// The decision about one customer's grants, with short names, the users and the invitations.
pub(crate) fn printed_in_full(plan: &Plan) -> String {
    let line = |(id, decision): (&GrantId, &Decision)| {
        let steps: Vec<String> = decision.steps.iter().map(step).collect();
        let number = u128::from_str_radix(id.as_str(), 16).expect("hexadecimal");
        let Decision { verdict, reason, .. } = decision;
        format!("g{number} {verdict} ({reason}) [{}]\n", steps.join(", "))
    };
    plan.decisions.iter().map(line).collect()
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

/// The announcements and the state of each grant, as a person reads them.
pub(crate) fn told(settled: Option<&Settled>) -> String {
    let Some(Settled { customer, announcements, .. }) = settled else {
        return "nothing".to_owned();
    };
    let events = announcements.iter().map(|it| {
        let number = it.detail["grantId"].as_str().expect("a grant").trim_start_matches('0');
        format!("{} g{number}\n", it.kind.detail_type())
    });
    events.chain(customer.grants.values().map(|grant| standing(grant) + "\n")).collect()
}

/// Where a grant stands, without its instants.
pub(crate) fn standing(grant: &Grant) -> String {
    let number = grant.id.as_str().trim_start_matches('0');
    let state = match &grant.state {
        State::Requested { .. } => "requested".to_owned(),
        State::Invited { .. } => "invited".to_owned(),
        State::Active { .. } => "active".to_owned(),
        State::Ending { reason, stuck: None, .. } => format!("ending {reason:?}"),
        State::Ending { reason, stuck: Some(stuck), .. } => {
            let frozen = if stuck.frozen { ", frozen" } else { "" };
            format!("stuck {reason:?}: {} {}{frozen}", stuck.step, stuck.code)
        }
        State::Ended { reason, proof, .. } => match proof {
            Proof::Unproven => format!("ended {reason:?}, unproven"),
            Proof::Proven { rereads, .. } => format!("ended {reason:?}, re-read {rereads} times"),
            Proof::Drifted { .. } => format!("ended {reason:?}, drifted"),
        },
        State::Refused { code, .. } => format!("refused {code}"),
    };
    format!("g{number} is {state}")
}

/// A request of project `P-1` for group `a` as a member, which would become grant 9.
pub(crate) fn ask() -> Ask {
    Ask {
        project: project("P-1"),
        project_name: None,
        group: Group { id: group('a'), name: "Acme rollout".to_owned() },
        role: Role::Member,
        sponsor: email("kim@corp.example"),
        reason: None,
        message: None,
        expires_at: None,
        new_grant: grant_id(9),
    }
}

pub(crate) fn step(step: &Step) -> String {
    let short = |id: &str| id.trim_start_matches("005").trim_start_matches('0').to_owned();
    let invitation = |id: &str| id.trim_start_matches("inv").trim_start_matches('0').to_owned();
    if let Step::CancelInvitation { invitation: id } = step {
        return format!("{} {}", step.name(), invitation(id.as_str()));
    }
    match step.user() {
        Some(user) => format!("{} {}", step.name(), short(user.as_str())),
        None => step.name().to_owned(),
    }
}

fn with_user(mut observed: Observed, number: u8, it: User) -> Observed {
    observed.users.insert(user(number), it);
    observed
}

fn with_place(mut observed: Observed, number: u8, letter: char, role: Role) -> Observed {
    observed.members.insert(Member { group: group(letter), user: user(number), role });
    observed
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
