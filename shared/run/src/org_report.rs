//! What is reported of one org, in the words of the contract.

use access::{
    Census, Finding, GroupId, OrgAlias, ProjectId, Role, Sight, Ungoverned, UngovernedPlace,
    Unseen, UserId,
};
use jiff::Timestamp;
use serde::Serialize;

/// What the census of one org came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrgReport {
    /// The org.
    pub org: OrgAlias,
    /// How much of it could be seen.
    pub sight: SightReport,
    /// For how many users and invitations no grant answers.
    pub ungoverned: usize,
    /// How many customers have given no sign of life for 60 days, or never.
    pub idle: usize,
    /// For how many minutes of the day before the run seats and memberships were still there that should have been over, in sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lingering_seat_minutes: Option<u64>,
    /// What is wrong with the org, the worst first.
    pub findings: Vec<Finding>,
    /// In a dry run: for whom no grant answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ungoverned_access: Option<Vec<UngovernedLine>>,
    /// In a dry run: who has given no sign of life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_customers: Option<Vec<UserId>>,
}

/// How much of an org could be seen.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SightReport {
    /// Active customers that were seen.
    pub customers_seen: usize,
    /// Seats that Salesforce says are taken, if that could be read.
    pub seats_used: Option<u64>,
    /// Whether all was seen, so that absence is proof.
    pub complete: bool,
    /// Why it was not.
    pub causes: Vec<Unseen>,
}

/// One line of a dry run about access for which no grant answers. It names records and no person: reports are logged.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UngovernedLine {
    /// The record id of the user, or of the invitation of somebody who has not accepted yet.
    pub id: String,
    /// The groups, by id.
    pub groups: Vec<UngovernedGroupLine>,
    /// When the user signed in last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
}

/// A group of such access.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UngovernedGroupLine {
    /// The group's record id.
    pub id: GroupId,
    /// The role there.
    pub role: Role,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When the feed was opened last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

impl OrgReport {
    pub(crate) fn new(
        org: OrgAlias,
        census: &Census,
        sight: &Sight,
        findings: &[Finding],
        now: Timestamp,
    ) -> Self {
        let sight = SightReport {
            customers_seen: census.persons.len(),
            seats_used: census.seats.map(|(used, _)| used),
            complete: sight.is_full(),
            causes: sight.causes().collect(),
        };
        Self {
            org,
            sight,
            ungoverned: 0,
            idle: census.idle(now).len(),
            lingering_seat_minutes: None,
            findings: findings.to_vec(),
            ungoverned_access: None,
            idle_customers: None,
        }
    }
}

impl UngovernedLine {
    pub(crate) fn of(found: &Ungoverned) -> Self {
        let group = |place: &UngovernedPlace| UngovernedGroupLine {
            id: place.group.id.clone(),
            role: place.role,
            since: place.since,
            last_seen: place.last_seen,
        };
        Self {
            id: found.who.id().to_owned(),
            groups: found.groups.iter().map(group).collect(),
            last_login: found.last_login,
        }
    }
}

/// A set of endings that the brake holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrakedLine {
    /// The org.
    pub org: OrgAlias,
    /// The project whose endings they are; absent for those of all projects together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// By which they are released.
    pub plan_digest: String,
    /// How many they are.
    pub count: usize,
}
