//! All that Lanyard knows of one address in one org.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::lease::Lease;
use super::state::{End, Proof, State};
use super::word::WithdrawnOf;
use crate::policy::Policy;
use crate::words::{
    Email, GrantId, GroupId, OrgAlias, ProjectId, Role, Subject, UserId, is_settling,
};

/// A customer with all grants and the seat: the unit of consistency.
///
/// Seats and memberships are counted over grants, so everything that counts together is read and written together,
/// under one version. Two runs that decide about the same customer at the same time cannot both commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// The org.
    pub org: OrgAlias,
    /// The normalised address.
    pub email: Email,
    /// What stands for the customer in evidence; given by the ledger with the first grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The Salesforce users that were seen to be this customer; more than one after acceptance under another address.
    #[serde(default)]
    pub users: BTreeSet<UserId>,
    /// Those of them whom Lanyard has frozen.
    #[serde(default)]
    pub frozen: BTreeSet<UserId>,
    /// Other addresses under which the ledger may know the same person. Salesforce does not say it at every reading.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub aliases: BTreeSet<Email>,
    /// The grants that may still need something.
    #[serde(default)]
    pub grants: BTreeMap<GrantId, Grant>,
    /// What was withdrawn of late, whether or not anything was open then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<WithdrawnOf>,
    /// The lease of the run that is ending something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<Lease>,
    /// How often it was written; 0 = never.
    #[serde(default)]
    pub version: u64,
}

impl Customer {
    /// A customer of whom nothing is recorded.
    #[must_use]
    pub fn new(org: OrgAlias, email: Email) -> Self {
        Self {
            org,
            email,
            subject: None,
            users: BTreeSet::new(),
            frozen: BTreeSet::new(),
            aliases: BTreeSet::new(),
            grants: BTreeMap::new(),
            withdrawn: Vec::new(),
            busy: None,
            version: 0,
        }
    }

    /// The open grant for one project and group: what asking again changes.
    #[must_use]
    pub fn open_grant(&self, project: &ProjectId, group: &GroupId) -> Option<&Grant> {
        self.grants
            .values()
            .find(|grant| grant.is_open() && grant.project == *project && grant.group.id == *group)
    }

    /// When anything of this customer next needs to be looked at.
    #[must_use]
    pub fn due_at(&self, policy: &Policy) -> Option<Timestamp> {
        self.grants.values().filter_map(|grant| self.grant_due_at(grant, policy)).min()
    }

    /// When one grant next needs to be looked at; an ending of ours that may have undone it makes it due at once.
    #[must_use]
    pub fn grant_due_at(&self, grant: &Grant, policy: &Policy) -> Option<Timestamp> {
        if self.is_doubtful(grant) { Some(grant.requested_at) } else { grant.due_at(policy) }
    }

    /// Whether an ending of ours may have taken from this open grant what it promises.
    ///
    /// The customer's version serves as a clock: an ending that was recorded at a later version than that at which the grant was
    /// last seen in force may have crossed it.
    #[must_use]
    pub fn is_doubtful(&self, grant: &Grant) -> bool {
        grant.is_open()
            && self.grants.values().any(|other| {
                other.id != grant.id && other.may_have_undone(&grant.group.id, grant.confirmed)
            })
    }

    /// Whether an ending of ours that is under way, or has only just been recorded, may be why Salesforce refused something for
    /// this grant: then the refusal says nothing, and a later attempt finds what the ending has left.
    #[must_use]
    pub fn is_crossing(&self, grant: &GrantId, now: Timestamp) -> bool {
        let Some(grant) = self.grants.get(grant) else { return false };
        self.grants.values().any(|other| {
            other.id != grant.id
                && other.state.end().is_some_and(|end| is_settling(end.since, now))
                && other.may_have_undone(&grant.group.id, grant.confirmed)
        })
    }

    /// The customer once the alias means another org: the users and invitations that are known are records of the org before.
    /// `None` when none is known.
    #[must_use]
    pub fn in_another_org(&self) -> Option<Self> {
        let mut next = self.clone();
        next.users.clear();
        next.frozen.clear();
        next.aliases.clear();
        for grant in next.grants.values_mut() {
            grant.invitations.clear();
            if let State::Invited { invitation, .. } = &mut grant.state {
                *invitation = None;
            }
        }
        (next != *self).then_some(next)
    }

    /// The role that counts in a group: the highest of the grants for which `is_live` holds.
    pub fn role_in(&self, group: &GroupId, is_live: impl Fn(&Grant) -> bool) -> Option<Role> {
        let live = self.grants.values().filter(|grant| grant.group.id == *group && is_live(grant));
        live.map(|grant| grant.role).max()
    }

    /// Whether an ending of ours that may have crossed this open grant may have left the user frozen, without having recorded it.
    pub(crate) fn may_be_frozen(&self, grant: &Grant, user: &UserId) -> bool {
        self.grants.values().any(|other| {
            other.id != grant.id
                && other.seats_taken().any(|it| it == user)
                && other.may_have_undone(&grant.group.id, grant.confirmed)
        })
    }

    /// Forgets the grants about which nothing will ever be done again, except endings that may have left somebody frozen who has
    /// an open grant.
    pub(crate) fn forget_finished(&mut self) {
        let open: Vec<Grant> = self.grants.values().filter(|it| it.is_open()).cloned().collect();
        let is_in_doubt = |over: &Grant| {
            over.seats_taken().next().is_some()
                && open.iter().any(|it| over.may_have_undone(&it.group.id, it.confirmed))
        };
        self.grants.retain(|_, grant| !grant.is_finished() || is_in_doubt(grant));
    }

    /// Whether an ending that was recorded may have been repeated by a slower run after this open grant was seen in
    /// force.
    ///
    /// Two runs may carry out the same ending, and only one of them records it. What the other still does happens within the
    /// settling time after the record, and the first re-read looks for it. Access that is missing later was taken away by somebody
    /// else.
    pub(crate) fn is_crossed(&self, grant: &Grant) -> bool {
        let Some(since) = grant.state.given_since() else { return false };
        let is_not_reread = |proof: Option<Proof>| {
            matches!(proof, Some(Proof::Unproven | Proof::Proven { rereads: 0, .. }))
        };
        let may_cross = |end: End<'_>| is_not_reread(end.proof) && is_settling(end.since, since);
        self.grants.values().any(|other| {
            other.id != grant.id
                && other.state.end().is_some_and(may_cross)
                && other.may_have_undone(&grant.group.id, 0)
        })
    }

    /// Whether the customer was ever seen in the group, as far as the grants that are still kept can tell.
    #[must_use]
    pub fn has_joined(&self, group: &GroupId) -> bool {
        self.grants.values().any(|grant| grant.group.id == *group && grant.joined.is_some())
    }

    /// Whether the customer was ever seen in any group of Lanyard's.
    pub(crate) fn has_joined_any(&self) -> bool {
        self.grants.values().any(|grant| grant.joined.is_some())
    }
}
