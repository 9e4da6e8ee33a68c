//! What the ledger has of a Salesforce org, and what is wrong with one.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::preflight::{Finding, FindingCode, OrgFacts, finding, preflight};
use crate::seen::{Sight, Unseen};
use crate::words::{OrgAlias, OrganizationId};

/// How long a census counts as tonight's. Every later sweep of the same night leaves it out.
const CENSUS_LIFE: SignedDuration = SignedDuration::from_hours(20);

/// A Salesforce org, as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Org {
    /// Its alias.
    pub alias: OrgAlias,
    /// Its organisation id. A secret that leads to another org is a mistake, or a move that a person accepts.
    pub id: OrganizationId,
    /// When a census was last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub census_at: Option<Timestamp>,
    /// The codes of what was last found wrong, each of which was told when it was new.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub findings: BTreeSet<String>,
    /// Why the last census did not see all of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unseen: BTreeSet<String>,
    /// How often it was written; 0 = never.
    #[serde(default)]
    pub version: u64,
}

impl Org {
    /// An org of which nothing is recorded but who it is.
    #[must_use]
    pub fn new(alias: OrgAlias, id: OrganizationId) -> Self {
        let (findings, unseen) = (BTreeSet::new(), BTreeSet::new());
        Self { alias, id, census_at: None, findings, unseen, version: 0 }
    }

    /// Whether it has not been counted tonight.
    #[must_use]
    pub fn is_census_due(&self, now: Timestamp) -> bool {
        self.census_at.is_none_or(|at| now.duration_since(at) >= CENSUS_LIFE)
    }

    /// The org after a census, and the findings that are new.
    #[must_use]
    pub fn after<'a>(
        &self,
        condition: &Condition<'_>,
        findings: &'a [Finding],
        now: Timestamp,
    ) -> (Self, Vec<&'a Finding>) {
        let Condition { sight, facts, .. } = condition;
        let is_unread = facts.is_unread || sight.causes().any(|it| it == Unseen::NotRead);
        let is_new = |it: &&Finding| !self.findings.contains(it.code.as_str());
        let found = findings.iter().map(|it| it.code.as_str().to_owned());
        // A census that was not read to the end is repeated by the next sweep of the night, and does not show that what was wrong
        // before is mended.
        let before = self.findings.iter().filter(|_| is_unread).cloned();
        let next = Self {
            census_at: if is_unread { self.census_at } else { Some(now) },
            findings: found.chain(before).collect(),
            unseen: sight.causes().map(|it| it.code().to_owned()).collect(),
            ..self.clone()
        };
        (next, findings.iter().filter(is_new).collect())
    }

    /// What is wrong with the org, the worst first.
    #[must_use]
    pub fn examine(&self, condition: &Condition<'_>) -> Vec<Finding> {
        let Condition { facts, sight, may_invite, ownerless } = condition;
        let mut findings = match preflight(facts, None, false) {
            Ok(findings) => findings,
            Err(finding) => vec![finding],
        };
        let is_unread =
            |it: &Finding| facts.is_unread && it.code == FindingCode::CustomerInvitationsUnknown;
        findings.retain(|it| !is_unread(it));
        if *may_invite == Some(false) {
            findings.insert(0, finding(FindingCode::InvitingNotPermitted));
        }
        findings.extend(self.unseen(sight));
        if !ownerless.is_empty() {
            let groups: Vec<&str> = ownerless.iter().copied().take(GROUPS_NAMED).collect();
            let message =
                format!("groups with customers have no active owner: {}", groups.join(", "));
            findings.push(Finding { message, ..finding(FindingCode::GroupOwnerInactive) });
        }
        findings.sort_by_key(|it| it.code);
        findings
    }

    /// The finding that not all customers can be seen. It is not known how soon Salesforce updates the number of taken seats, so a
    /// difference counts only when the census before has seen one too.
    fn unseen(&self, sight: &Sight) -> Option<Finding> {
        let is_patient =
            |it: &Unseen| *it == Unseen::SeatsDiffer && !self.unseen.contains(it.code());
        let cause = sight.causes().find(|it| it.is_lasting() && !is_patient(it))?;
        let (message, fix) = (cause.message().to_owned(), cause.fix().to_owned());
        Some(Finding { code: FindingCode::SightNotFull, message, fix })
    }
}

/// How many groups a finding names.
const GROUPS_NAMED: usize = 10;

/// What was read of an org, to be judged.
#[derive(Clone, Debug)]
pub struct Condition<'a> {
    /// Its settings, seats and allowance.
    pub facts: OrgFacts,
    /// How much of it could be seen.
    pub sight: Sight,
    /// Whether the integration user may invite customers, if that can be told.
    pub may_invite: Option<bool>,
    /// Groups with customers whose owner is inactive, by id.
    pub ownerless: BTreeSet<&'a str>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Condition, Org};
    use crate::{Finding, OrgAlias, OrgFacts, OrganizationId, Sight, Unseen};

    fn org() -> Org {
        Org::new(OrgAlias::default(), OrganizationId::parse("00D000000000001AAA").unwrap())
    }

    fn seen(sight: Sight) -> Condition<'static> {
        let facts = OrgFacts { customer_invitations: Some(true), ..OrgFacts::default() };
        Condition { facts, sight, may_invite: Some(true), ownerless: BTreeSet::new() }
    }

    fn codes(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|it| it.code.as_str()).collect()
    }

    #[test]
    fn what_is_wrong_is_found_the_worst_first_and_told_when_it_is_new() {
        let facts = OrgFacts { customer_invitations: Some(false), ..OrgFacts::default() };
        let sight = Sight::but([Unseen::UserHidden]);
        let ownerless = BTreeSet::from(["0F9000000000001AAA"]);
        let condition = Condition { facts, sight, may_invite: Some(false), ownerless };
        let findings = org().examine(&condition);
        assert_eq!(
            codes(&findings),
            [
                "CUSTOMER_INVITATIONS_OFF",
                "INVITING_NOT_PERMITTED",
                "SIGHT_NOT_FULL",
                "GROUP_OWNER_INACTIVE"
            ]
        );
        assert!(findings[3].message.contains("0F9"));
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let (next, new) = org().after(&condition, &findings, now);
        assert_eq!((new.len(), next.census_at), (4, Some(now)));
        assert_eq!(next.after(&condition, &findings, now).1.len(), 0, "it is told once");
        let (unread, _) = next.after(&seen(Sight::default()), &[], now);
        assert_eq!(unread.after(&condition, &findings, now).1.len(), 0, "nobody has looked");
        let (mended, _) = next.after(&seen(Sight::full()), &[], now);
        assert_eq!(mended.after(&condition, &findings, now).1.len(), 4, "it came back");
    }

    #[test]
    fn a_difference_of_seats_counts_in_the_second_night() {
        let facts = OrgFacts { customer_invitations: Some(true), ..OrgFacts::default() };
        let sight = Sight::but([Unseen::SeatsDiffer]);
        let condition = Condition { facts, sight, may_invite: None, ownerless: BTreeSet::new() };
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(codes(&org().examine(&condition)), [""; 0]);
        let (second, _) = org().after(&condition, &[], now);
        assert_eq!(codes(&second.examine(&condition)), ["SIGHT_NOT_FULL"]);
    }

    #[test]
    fn a_census_counts_for_a_night_and_one_that_was_not_read_to_the_end_for_none() {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let later = |hours| now + jiff::SignedDuration::from_hours(hours);
        let (counted, _) = org().after(&seen(Sight::full()), &[], now);
        assert!(org().is_census_due(now) && !counted.is_census_due(later(19)));
        assert!(counted.is_census_due(later(20)));
        let (unread, _) = counted.after(&seen(Sight::default()), &[], later(20));
        assert!(unread.is_census_due(later(20)));
        let facts = OrgFacts { is_unread: true, ..OrgFacts::default() };
        let outage = Condition { facts, ..seen(Sight::full()) };
        assert_eq!(codes(&org().examine(&outage)), [""; 0], "what passes is nothing to mend");
        assert!(org().after(&outage, &[], now).0.is_census_due(now));
    }
}
