//! All that Lanyard knows of one address in one org.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::lease::{Done, Lease};
use super::state::State;
use super::word::WithdrawnOf;
use crate::policy::Policy;
use crate::words::{Email, GrantId, GroupId, OrgAlias, ProjectId, Role, Subject, UserId};

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
    /// Those of them from whom the ledger leads to this address; set by the ledger with the record.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pointed: BTreeSet<UserId>,
    /// Those of them whom Lanyard has frozen.
    #[serde(default)]
    pub frozen: BTreeSet<UserId>,
    /// Those of them whom Lanyard set out to deactivate without knowing yet what came of it: they may be frozen.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub may_be_frozen: BTreeSet<UserId>,
    /// Other addresses under which the ledger may know the same person. Salesforce does not say it at every reading.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub aliases: BTreeSet<Email>,
    /// The grants that may still need something.
    #[serde(default)]
    pub grants: BTreeMap<GrantId, Grant>,
    /// When the stay in the org began of which the newest request is a part; see [`Self::stays_since`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay_began: Option<Timestamp>,
    /// What was withdrawn of late, whether or not anything was open then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<WithdrawnOf>,
    /// The lease of whoever is changing something in Salesforce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<Lease>,
    /// Until when something that was sent may still take effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclear_until: Option<Timestamp>,
    /// What was surely done of late, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<Done>,
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
            pointed: BTreeSet::new(),
            frozen: BTreeSet::new(),
            may_be_frozen: BTreeSet::new(),
            aliases: BTreeSet::new(),
            grants: BTreeMap::new(),
            stay_began: None,
            withdrawn: Vec::new(),
            busy: None,
            unclear_until: None,
            done: Vec::new(),
            version: 0,
        }
    }

    /// The open grant for one project and group: what asking again changes.
    #[must_use]
    pub(crate) fn open_grant(&self, project: &ProjectId, group: &GroupId) -> Option<&Grant> {
        self.grants
            .values()
            .find(|grant| grant.is_open() && grant.project == *project && grant.group.id == *group)
    }

    /// When anything of this customer next needs to be looked at: also once nothing that was sent can take effect any more.
    #[must_use]
    pub fn due_at(&self, policy: &Policy) -> Option<Timestamp> {
        let unclear = self.unclear_until.filter(|_| !self.grants.is_empty());
        self.grants.values().filter_map(|grant| grant.due_at(policy)).chain(unclear).min()
    }

    /// The customer once the alias means another org: the users and invitations that are known are records of the org before.
    /// `None` when none is known.
    #[must_use]
    pub fn in_another_org(&self) -> Option<Self> {
        let mut next = self.clone();
        next.users.clear();
        next.pointed.clear();
        next.frozen.clear();
        next.may_be_frozen.clear();
        // A run that began in the org before loses its lease: what it would record is of that org.
        next.busy = None;
        next.unclear_until = None;
        next.done.clear();
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

    /// Whether Lanyard has frozen the user, or may have.
    pub(crate) fn is_frozen(&self, user: &UserId) -> bool {
        self.frozen.contains(user) || self.may_be_frozen.contains(user)
    }

    /// Forgets the grants about which nothing will ever be done again.
    pub(crate) fn forget_finished(&mut self) {
        self.grants.retain(|_, grant| !grant.is_finished());
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
