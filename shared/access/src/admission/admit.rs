//! What happens to one address of an invitation request.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::allowed::{Stay, of_source, refusal_of_customer, refusal_of_way};
use super::amend::{amend, intended, new_grant};
use super::answer::{Admission, Admitted, Outcome};
use super::ask::Ask;
use super::barred::barred;
use super::way::{Way, decision, hidden, under_way, used};
use crate::evidence::{Actor, entry};
use crate::policy::Policy;
use crate::records::{Customer, Grant, Lease, Step};
use crate::seen::{Looked, Shown, View};
use crate::settle::{joined, joined_as, set_out};
use crate::telling::event::{self, ChangedField, GrantEvent};
use crate::telling::{Announcement, SEATS_EXHAUSTED, not_seen, refusal};
use crate::words::Group;

/// Decides about one address. `free_seats` is `None` when unknown; `lease` is the right to carry it out.
#[must_use]
pub fn admit(
    policy: &Policy,
    looked: &Looked,
    ask: &Ask,
    free_seats: Option<u64>,
    lease: &Lease,
    actor: Actor<'_>,
    now: Timestamp,
) -> Admission {
    let authority = match policy.authority(&ask.source) {
        Ok(authority) => authority,
        Err(refused) => return Admission::Refused(of_source(refused)),
    };
    if let Some(late) = late(&looked.customer, ask) {
        return late;
    }
    let stay = Stay::of(policy, looked, now);
    let (closed, held) = (BTreeSet::new(), BTreeSet::new());
    let view = View::asking(policy, looked, &closed, &held, Some(&ask.group.id), now);
    let existing = looked.customer.open_grant(&ask.project, &ask.group.id);
    if let Some(refused) = refusal_of_customer(&authority, &view, &stay, ask, existing) {
        return Admission::Refused(refused);
    }
    if let Some(barred) = barred(&view, existing) {
        return barred;
    }
    let mut grant =
        existing.map_or_else(|| new_grant(policy, &stay, ask, lease, now), Grant::clone);
    let changes = existing.map_or_else(Vec::new, |_| amend(policy, &stay, &mut grant, ask, now));
    let shown = view.shown(&grant);
    let way = Way::of(&view, &shown, &grant, existing, !changes.is_empty());
    if let Some(refused) = refusal_of_way(&authority, &view, &way, existing, &grant) {
        return refused;
    }
    if let Some(answer) = not_now(&view, &shown, &way, &grant) {
        return answer;
    }
    let wakes = matches!(shown, Shown::Absent { user: Some((_, user)) } if !user.is_active);
    if (wakes || way.outcome == Outcome::Invited) && free_seats == Some(0) {
        return Admission::Refused(refusal(SEATS_EXHAUSTED));
    }
    let events = events(&view, &shown, &mut grant, existing, changes, way.outcome);
    intend(&view, &shown, &way, existing, ask, lease, &mut grant);
    let is_news = existing.is_none_or(|existing| grant != *existing);
    let mut customer = with_users(&view, &shown, &way.steps, lease);
    let (mut audit, mut announcements) = (Vec::new(), Vec::new());
    if is_news {
        grant.version += 1;
        audit.push(entry(&grant, actor, format!("request: {}", way.outcome.name()), None, now));
        for event in events {
            let (org, email) = (&customer.org, &customer.email);
            announcements.push(Announcement::of_grant(org, email, &grant, now, event));
        }
        customer.grants.insert(grant.id.clone(), grant.clone());
        customer.stay_began = Some(stay.began);
    }
    let opens = existing.is_none() || grant.is_requested();
    let is_change = is_news || !way.steps.is_empty();
    let decision = decision(&way);
    let Way { outcome, role_in_group, .. } = way;
    Admission::Admitted(Box::new(Admitted {
        outcome,
        grant: grant.id,
        decision,
        role_in_group,
        customer,
        is_change,
        opens,
        audit,
        announcements,
        wakes,
    }))
}

/// What is answered to a request that comes after something newer.
fn late(customer: &Customer, ask: &Ask) -> Option<Admission> {
    let is_group = |group: &Group| group.id == ask.group.id;
    if let Some(newer) = customer.superseding(&ask.project, is_group, &ask.asked) {
        let (grant, role, expires_at) = (newer.id.clone(), newer.role, newer.expires_at);
        return Some(Admission::Superseded { grant, role, expires_at });
    }
    let is_withdrawn = customer.is_withdrawn_since(&ask.project, &ask.group, &ask.asked);
    is_withdrawn.then_some(Admission::Withdrawn)
}

/// What is answered where the way cannot be gone, at least not now.
fn not_now(view: &View<'_>, shown: &Shown<'_>, way: &Way, grant: &Grant) -> Option<Admission> {
    // That a customer is in the group must not be said where the reading does not show it.
    let laid = view.laid_until(&grant.group.id);
    if let Some(until) = under_way(view, &way.steps).max(laid) {
        return Some(Admission::UnderWay { until });
    }
    if let Some(unseen) = hidden(view, shown, way, &grant.group) {
        return Some(Admission::Refused(not_seen(unseen)));
    }
    used(view, way, grant)
}

/// Writes into the grant what is about to be done for it.
fn intend(
    view: &View<'_>,
    shown: &Shown<'_>,
    way: &Way,
    existing: Option<&Grant>,
    ask: &Ask,
    lease: &Lease,
    grant: &mut Grant,
) {
    grant.enter(intended(grant, shown, lease, view.now));
    if way.steps.contains(&Step::Invite) && ask.message.is_some() {
        grant.message.clone_from(&ask.message);
    }
    // A grant whose role is still to be changed stays due until it is. While another request is changing the role, what a reading
    // shows of it proves nothing, and only a later one can tell.
    let is_changing = existing.and_then(|existing| existing.retry_at);
    let retry_at = if way.steps.is_empty() { is_changing } else { Some(view.now) };
    grant.retry_at = retry_at.filter(|_| grant.is_active());
}

/// The customer with the users who are known to be theirs from now on, and the other addresses of these, under the lease if anything is
/// to be done.
fn with_users(view: &View<'_>, shown: &Shown<'_>, steps: &[Step], lease: &Lease) -> Customer {
    let mut customer = view.customer.clone();
    customer.aliases.extend(view.observed.aliases.iter().cloned());
    if let Shown::Joined { user, .. } = shown {
        customer.users.insert((*user).clone());
    }
    if steps.is_empty() {
        return customer;
    }
    set_out(customer, &steps.iter().collect::<Vec<_>>(), lease)
}

/// What the request itself tells the world; what its steps bring about is told when they are done.
fn events(
    view: &View<'_>,
    shown: &Shown<'_>,
    grant: &mut Grant,
    existing: Option<&Grant>,
    changes: Vec<ChangedField>,
    outcome: Outcome,
) -> Vec<GrantEvent> {
    let mut events = Vec::new();
    if let (Shown::Joined { user, .. }, false) = (shown, existing.is_some_and(Grant::is_active)) {
        let joined = joined(view, user);
        events.push(joined_as(&joined));
        grant.joined.get_or_insert(joined);
    }
    if !changes.is_empty() {
        events.push(GrantEvent::Changed(event::Changed { changed: changes }));
    }
    if outcome == Outcome::Pending {
        // An open invitation for a grant that was recorded before was sent by that earlier request, whose outcome was never
        // recorded.
        let already_invited = existing.is_none();
        events.push(GrantEvent::Invited(event::Invited { already_invited }));
    }
    events
}
