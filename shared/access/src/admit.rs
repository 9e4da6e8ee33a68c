//! What happens to one address of an invitation request.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::amend::{amend, intended, new_grant};
use crate::event::{self, ChangedField, GrantEvent};
use crate::giving::{back_steps, is_link_hidden, role_steps, wakes_hidden};
use crate::progress::entry;
use crate::refusal::{not_seen, refusal, refusal_of_address};
use crate::settle::{joined, joined_as};
use crate::view::{Shown, View};
use crate::{
    Actor, Announcement, Asked, AuditEntry, Customer, CustomerRefusal, Email, Grant, GrantId,
    Group, Looked, Policy, ProjectId, RefusalCode, Role, State, Step, Unseen,
};

/// What a request asks for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The project.
    pub project: ProjectId,
    /// Its name, for people.
    pub project_name: Option<String>,
    /// The group, found or created.
    pub group: Group,
    /// The role.
    pub role: Role,
    /// The sponsor.
    pub sponsor: Email,
    /// Why.
    pub reason: Option<String>,
    /// The message of the invitation.
    pub message: Option<String>,
    /// The expiry, if the request names one.
    pub expires_at: Option<Timestamp>,
    /// The instant and the id of the request.
    pub asked: Asked,
    /// The id that a new grant gets.
    pub new_grant: GrantId,
}

/// What became of one customer, as contracts spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// A mail is sent now.
    Invited,
    /// An invitation to this group was open already: no second mail.
    Pending,
    /// A customer of the org already: put into the group.
    Added,
    /// An inactive customer, brought back and put into the group.
    Reactivated,
    /// Already in the group by hand; Lanyard's from now on.
    Adopted,
    /// Had the grant; something changed.
    Updated,
    /// Had the grant; nothing changed.
    Unchanged,
    /// A newer request is recorded, or the access has ended since: nothing changed.
    Superseded,
}

/// The decision for one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Refused before anything is recorded.
    Refused(CustomerRefusal),
    /// It comes too late to change anything.
    Superseded {
        /// The grant that records something newer.
        grant: GrantId,
        /// When that grant's access is over, or was to be.
        expires_at: Timestamp,
    },
    /// Not all that concerns the customer was read: come back later, or a second mail may go out.
    Unread,
    /// Somebody else is carrying out the same at this moment: come back later, or two mails go out.
    UnderWay {
        /// When that attempt is surely over.
        until: Timestamp,
    },
    /// To be recorded, then carried out.
    Admitted(Box<Admitted>),
}

/// What to record and to carry out for one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What it will be called once it succeeded.
    pub outcome: Outcome,
    /// The grant.
    pub grant: GrantId,
    /// What to do in Salesforce, in order.
    pub steps: Vec<Step>,
    /// The role in force in the group afterwards: the highest of the grants that hold the membership.
    pub role_in_group: Role,
    /// The customer with the intent, or with the final state where nothing has to be done.
    pub customer: Customer,
    /// Whether `customer` differs from what the ledger has.
    pub is_change: bool,
    /// Whether it opens a grant, or gives access again to one, which a closed project must prevent.
    pub opens: bool,
    /// Its history.
    pub audit: Vec<AuditEntry>,
    /// What to tell the world with the intent.
    pub announcements: Vec<Announcement>,
    /// Whether an inactive user is made active.
    pub(crate) wakes: bool,
}

impl Admitted {
    /// Whether it takes one of the free seats at once.
    #[must_use]
    pub fn takes_seat(&self) -> bool {
        self.wakes
    }
}

/// Decides about one address. `free_seats` is `None` when unknown.
#[must_use]
pub fn admit(
    policy: &Policy,
    looked: &Looked,
    ask: &Ask,
    free_seats: Option<u64>,
    actor: Actor<'_>,
    now: Timestamp,
) -> Admission {
    let is_group = |group: &Group| group.id == ask.group.id;
    if let Some(newer) = looked.customer.superseding(&ask.project, is_group, &ask.asked) {
        return Admission::Superseded { grant: newer.id.clone(), expires_at: newer.expires_at };
    }
    let (closed, held) = (BTreeSet::new(), BTreeSet::new());
    let view = View::asking(policy, looked, &closed, &held, Some(&ask.group.id), now);
    let existing = looked.customer.open_grant(&ask.project, &ask.group.id);
    if let Some(barred) = barred(&view, existing) {
        return barred;
    }
    let mut grant =
        existing.map_or_else(|| new_grant(policy, &looked.customer, ask, now), Grant::clone);
    let changes = existing.map_or_else(Vec::new, |_| amend(policy, &mut grant, ask, now));
    let shown = view.shown(&grant);
    if let Some(until) = under_way(&view, existing, &shown, &ask.group) {
        return Admission::UnderWay { until };
    }
    let way = Way::of(&view, &shown, &grant, existing, !changes.is_empty());
    if let Some(unseen) = hidden(&view, &shown, &way, &ask.group) {
        return Admission::Refused(not_seen(unseen));
    }
    let wakes = matches!(shown, Shown::Absent { user: Some((_, user)) } if !user.is_active);
    if (wakes || way.outcome == Outcome::Invited) && free_seats == Some(0) {
        return Admission::Refused(refusal(RefusalCode::SeatsExhausted));
    }
    let events = events(&view, &shown, &mut grant, existing, changes, way.outcome);
    grant.enter(intended(&grant, &shown, now));
    if way.steps.contains(&Step::Invite) && ask.message.is_some() {
        grant.message.clone_from(&ask.message);
    }
    // A role still to be changed keeps the grant due until it is. If another request is changing it at this moment, what is
    // seen now says nothing, and only a later look can tell.
    let is_changing = existing.and_then(|existing| existing.retry_at);
    let retry_at = if way.steps.is_empty() { is_changing } else { Some(now) };
    grant.retry_at = retry_at.filter(|_| is_active(Some(&grant)));
    grant.confirmed = looked.customer.version;
    let is_change = existing.is_none_or(|existing| {
        Grant { confirmed: existing.confirmed, ..grant.clone() } != *existing
    });
    let mut customer = looked.customer.clone();
    if let Shown::Joined { user, .. } = &shown {
        customer.users.insert((*user).clone());
    }
    // Whoever is woken has a seat because of Lanyard, also if nothing more comes of it.
    let woken = way.steps.iter().filter(|step| matches!(step, Step::Reactivate { .. }));
    customer.users.extend(woken.filter_map(Step::user).cloned());
    let (mut audit, mut announcements) = (Vec::new(), Vec::new());
    if is_change {
        grant.version += 1;
        audit.push(entry(&grant, actor, format!("request: {}", name(way.outcome)), None, now));
        for event in events {
            let (org, email) = (&customer.org, &customer.email);
            announcements.push(Announcement::of_grant(org, email, &grant, now, event));
        }
        customer.grants.insert(grant.id.clone(), grant.clone());
    }
    let opens = existing.is_none() || matches!(grant.state, State::Requested { .. });
    let Way { outcome, steps, role_in_group } = way;
    Admission::Admitted(Box::new(Admitted {
        outcome,
        grant: grant.id,
        steps,
        role_in_group,
        customer,
        is_change,
        opens,
        audit,
        announcements,
        wakes,
    }))
}

/// What keeps a customer out, whatever is asked for.
fn barred(view: &View<'_>, existing: Option<&Grant>) -> Option<Admission> {
    if let Some(refusal) = refusal_of_address(view) {
        return Some(Admission::Refused(refusal));
    }
    if !view.is_near() {
        return Some(Admission::Unread);
    }
    let open = view.customer.grants.values().filter(|grant| grant.is_open()).count();
    let is_full = existing.is_none() && open >= view.policy.maximum_grants_per_customer;
    is_full.then(|| Admission::Refused(refusal(RefusalCode::TooManyGrants)))
}

/// Until when to wait where something of ours may be on its way without being visible yet: a second attempt would
/// send a second mail.
fn under_way(
    view: &View<'_>,
    existing: Option<&Grant>,
    shown: &Shown<'_>,
    group: &Group,
) -> Option<Timestamp> {
    let own = existing.and_then(|grant| match &grant.state {
        State::Requested { claimed_until } => Some(*claimed_until),
        State::Invited { .. }
        | State::Active { .. }
        | State::Ending { .. }
        | State::Ended { .. }
        | State::Refused { .. } => None,
    });
    match shown {
        Shown::Joined { .. } | Shown::Waiting { .. } => None,
        Shown::Absent { user: Some(_) } => own.filter(|until| view.now < *until),
        Shown::Absent { user: None } => view.mail_under_way(&group.id),
    }
}

/// What a request is called, and what it takes.
struct Way {
    outcome: Outcome,
    steps: Vec<Step>,
    /// The highest role of the grants that will hold the membership.
    role_in_group: Role,
}

impl Way {
    fn of(
        view: &View<'_>,
        shown: &Shown<'_>,
        grant: &Grant,
        existing: Option<&Grant>,
        has_changes: bool,
    ) -> Self {
        let is_other = |other: &Grant| other.id != grant.id && view.is_live(other);
        let held = view.customer.role_in(&grant.group.id, is_other);
        let role_in_group = held.map_or(grant.role, |role| role.max(grant.role));
        let (outcome, steps) = match shown {
            Shown::Joined { user, role } => {
                let steps = role_steps(user, *role, role_in_group);
                let outcome = match existing {
                    Some(_) if has_changes || !steps.is_empty() => Outcome::Updated,
                    Some(existing) if !is_active(Some(existing)) => Outcome::Updated,
                    Some(_) => Outcome::Unchanged,
                    None if held.is_some() => Outcome::Added,
                    None => Outcome::Adopted,
                };
                (outcome, steps)
            }
            Shown::Waiting { .. } => {
                let is_known =
                    existing.is_some_and(|it| !matches!(it.state, State::Requested { .. }));
                let outcome = match (is_known, has_changes) {
                    (true, true) => Outcome::Updated,
                    (true, false) => Outcome::Unchanged,
                    (false, _) => Outcome::Pending,
                };
                (outcome, Vec::new())
            }
            Shown::Absent { user: None } => (Outcome::Invited, vec![Step::Invite]),
            Shown::Absent { user: Some((id, user)) } => {
                let is_in_force = view.is_in_force(id, user);
                let outcome = if is_in_force { Outcome::Added } else { Outcome::Reactivated };
                (outcome, back_steps(view, grant, id, user, role_in_group))
            }
        };
        Self { outcome, steps, role_in_group }
    }
}

/// What the request itself tells the world; what its steps bring about is told when they are done.
/// What would have to be seen before this is given: whether a link to the group is alive, and what would come back with the seat.
fn hidden(view: &View<'_>, shown: &Shown<'_>, way: &Way, group: &Group) -> Option<Unseen> {
    let sends = way.steps.contains(&Step::Invite);
    if sends && is_link_hidden(view, &group.id) {
        Some(Unseen::InvitationHidden)
    } else {
        wakes_hidden(view, shown).then_some(Unseen::GroupHidden)
    }
}

fn events(
    view: &View<'_>,
    shown: &Shown<'_>,
    grant: &mut Grant,
    existing: Option<&Grant>,
    changes: Vec<ChangedField>,
    outcome: Outcome,
) -> Vec<GrantEvent> {
    let mut events = Vec::new();
    if let (Shown::Joined { user, .. }, false) = (shown, is_active(existing)) {
        let joined = joined(view, user);
        events.push(joined_as(&joined));
        grant.joined.get_or_insert(joined);
    }
    if !changes.is_empty() {
        events.push(GrantEvent::Changed(event::Changed { changed: changes }));
    }
    if outcome == Outcome::Pending {
        // What is open although a request for it was recorded before is that request's own, whose outcome was lost.
        let already_invited = existing.is_none();
        events.push(GrantEvent::Invited(event::Invited { already_invited }));
    }
    events
}

fn is_active(grant: Option<&Grant>) -> bool {
    grant.is_some_and(|grant| matches!(grant.state, State::Active { .. }))
}

fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Invited => "invited",
        Outcome::Pending => "pending",
        Outcome::Added => "added",
        Outcome::Reactivated => "reactivated",
        Outcome::Adopted => "adopted",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Superseded => "superseded",
    }
}
