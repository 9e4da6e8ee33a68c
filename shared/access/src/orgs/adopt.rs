//! Ungoverned access becomes a grant, so that notices, expiry, brake and proof are the ordinary ones.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::census::{Ungoverned, UngovernedPlace, Whoever};
use crate::evidence::{Actor, AuditEntry, entry};
use crate::policy::{Adoption, Policy};
use crate::records::{Customer, Grant, Joined, State};
use crate::words::{GrantId, GroupId, InvitationId, ProjectId, UserId, days_of};

/// The customer with the grants that were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The customer.
    pub customer: Customer,
    /// The grants, by group.
    pub grants: BTreeMap<GroupId, GrantId>,
    /// When they are over.
    pub expires_at: Timestamp,
    /// Their history.
    pub audit: Vec<AuditEntry>,
}

impl ProjectId {
    /// The project of grants that were made of ungoverned access.
    #[must_use]
    pub fn ungoverned() -> Self {
        // The constant is a valid name, so this cannot fail.
        Self::parse("ungoverned").unwrap_or_else(|_| unreachable!("it is a project id"))
    }
}

/// Makes grants of what was found. `customer` is the ledger's newest; `ids` gives ids for new grants.
///
/// `None` where there is no group, and so nothing that a grant could hold, where the address is protected, or where the ledger
/// knows another user as the customer of the address: two persons under one name would end each other.
#[must_use]
pub fn adopt(
    policy: &Policy,
    adoption: &Adoption,
    customer: &Customer,
    found: &Ungoverned,
    mut ids: impl FnMut() -> GrantId,
    actor: Actor<'_>,
    now: Timestamp,
) -> Option<Adopted> {
    let is_another = |user: &UserId| !customer.users.is_empty() && !customer.users.contains(user);
    let is_taken = matches!(&found.who, Whoever::User(user) if is_another(user));
    if found.groups.is_empty() || is_taken || policy.protects(&customer.email) {
        return None;
    }
    let expires_at =
        now.saturating_add(days_of(i64::from(adoption.days))).unwrap_or(Timestamp::MAX);
    let mut customer = customer.clone();
    let (mut grants, mut audit) = (BTreeMap::new(), Vec::new());
    let invitation = match &found.who {
        Whoever::User(user) => {
            customer.users.insert(user.clone());
            None
        }
        Whoever::Invited(invitation) => Some(invitation),
    };
    for place in &found.groups {
        // A request has made a grant of it since it was found.
        if answers(&customer, place) {
            continue;
        }
        let mut grant = grant(place, invitation, adoption, ids(), now);
        grant.expires_at = expires_at;
        grant.noticed = policy.notice_threshold(expires_at, now);
        audit.push(entry(&grant, actor, "adopted".to_owned(), None, now));
        grants.insert(place.group.id.clone(), grant.id.clone());
        customer.stay_began = Some(customer.stays_since(now).unwrap_or(now));
        customer.grants.insert(grant.id.clone(), grant);
    }
    (!grants.is_empty()).then_some(Adopted { customer, grants, expires_at, audit })
}

/// Whether somebody answers by now for all of what was found.
#[must_use]
pub fn is_answered(customer: &Customer, found: &Ungoverned) -> bool {
    !found.groups.is_empty() && found.groups.iter().all(|place| answers(customer, place))
}

fn answers(customer: &Customer, place: &UngovernedPlace) -> bool {
    let mut grants = customer.grants.values().filter(|it| it.group.id == place.group.id);
    grants.any(|it| it.is_open() || matches!(it.state, State::Ending { .. }))
}

fn grant(
    place: &UngovernedPlace,
    invitation: Option<&InvitationId>,
    adoption: &Adoption,
    id: GrantId,
    now: Timestamp,
) -> Grant {
    let since = place.since.filter(|at| *at <= now).unwrap_or(now);
    Grant {
        id,
        project: ProjectId::ungoverned(),
        project_name: None,
        group: place.group.clone(),
        role: place.role,
        sponsor: adoption.sponsor.clone(),
        reason: Some("found in the org, with nobody to answer for it".to_owned()),
        message: None,
        expires_at: now,
        requested_at: now,
        source: None,
        asked: None,
        withdrawn: None,
        closed_at: None,
        state: match invitation {
            Some(invitation) => State::Invited { since: now, invitation: Some(invitation.clone()) },
            None => State::Active { since: now },
        },
        joined: invitation.is_none().then_some(Joined { at: since, joined_as: None }),
        noticed: None,
        retry_at: None,
        invitations: invitation.cloned().into_iter().collect(),
        version: 1,
        head: None,
    }
}
