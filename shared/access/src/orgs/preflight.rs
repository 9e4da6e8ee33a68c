//! What of an org or a group stands in the way, or soon will, with what to do about it.

use serde::Serialize;

use crate::seen::Unseen;

/// The code of a finding, as contracts spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FindingCode {
    /// The org-wide switch is off.
    CustomerInvitationsOff,
    /// The integration user may not invite customers.
    InvitingNotPermitted,
    /// Not all customers of the org can be seen, so that nobody is proven to be gone.
    SightNotFull,
    /// Only private groups may have customers.
    GroupNotPrivate,
    /// The group has *Allow Customers* off, and the request does not consent to turn it on.
    GroupDisallowsCustomers,
    /// The group is archived.
    GroupArchived,
    /// The org-wide switch could not be read.
    CustomerInvitationsUnknown,
    /// Users must sign in through My Domain.
    MyDomainLoginOnly,
    /// Single sign-on is on.
    SingleSignOn,
    /// IP ranges are enforced.
    IpRanges,
    /// Fewer free seats than open invitations.
    SeatsLow,
    /// The group's owner is inactive.
    GroupOwnerInactive,
    /// The org's daily API allowance is nearly used.
    AllowanceLow,
}

impl FindingCode {
    /// The code as contracts spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomerInvitationsOff => "CUSTOMER_INVITATIONS_OFF",
            Self::InvitingNotPermitted => "INVITING_NOT_PERMITTED",
            Self::SightNotFull => "SIGHT_NOT_FULL",
            Self::GroupNotPrivate => "GROUP_NOT_PRIVATE",
            Self::GroupDisallowsCustomers => "GROUP_DISALLOWS_CUSTOMERS",
            Self::GroupArchived => "GROUP_ARCHIVED",
            Self::CustomerInvitationsUnknown => "CUSTOMER_INVITATIONS_UNKNOWN",
            Self::MyDomainLoginOnly => "MY_DOMAIN_LOGIN_ONLY",
            Self::SingleSignOn => "SINGLE_SIGN_ON",
            Self::IpRanges => "IP_RANGES",
            Self::SeatsLow => "SEATS_LOW",
            Self::GroupOwnerInactive => "GROUP_OWNER_INACTIVE",
            Self::AllowanceLow => "ALLOWANCE_LOW",
        }
    }
}

/// Something found, with its remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its code.
    pub code: FindingCode,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// What was read of the org. `None` where it could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrgFacts {
    /// *Allow Customer Invitations*.
    pub customer_invitations: Option<bool>,
    /// `MyDomainSettings.canOnlyLoginWithMyDomainUrl`.
    pub my_domain_login_only: Option<bool>,
    /// Whether SAML single sign-on is enabled.
    pub single_sign_on: Option<bool>,
    /// Whether IP ranges are enforced on every request.
    pub ip_ranges: Option<bool>,
    /// Whether some of these could not be read for a cause that passes by itself.
    pub is_unread: bool,
    /// Free *Chatter External* seats.
    pub free_seats: Option<u64>,
    /// Open invitations that will each take a seat, those of this request included.
    pub open_invitations: u64,
    /// API requests used and allowed in 24 hours.
    pub allowance: Option<(u64, u64)>,
}

/// The `CollaborationType` of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// Members only.
    Private,
    /// Everybody in the org.
    Public,
    /// Hidden; whether it may have customers is not documented, so it may not.
    Unlisted,
}

/// What was read of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupFacts {
    /// Its kind.
    pub kind: GroupKind,
    /// Whether *Allow Customers* is on.
    pub allows_customers: bool,
    /// Whether it is archived.
    pub is_archived: bool,
    /// Whether its owner is active.
    pub has_active_owner: Option<bool>,
}

/// The share of the daily allowance, in percent, from which a warning is due.
const ALLOWANCE_PERCENT: u64 = 80;

/// Judges an org and, where it exists already, the group. `consents` is the request's `allowCustomers`.
///
/// # Errors
/// The finding that makes the whole request impossible.
pub fn preflight(
    org: &OrgFacts,
    group: Option<&GroupFacts>,
    consents: bool,
) -> Result<Vec<Finding>, Finding> {
    if org.customer_invitations == Some(false) {
        return Err(finding(FindingCode::CustomerInvitationsOff));
    }
    if let Some(group) = group {
        if group.kind != GroupKind::Private {
            return Err(finding(FindingCode::GroupNotPrivate));
        }
        if group.is_archived {
            return Err(finding(FindingCode::GroupArchived));
        }
        if !group.allows_customers && !consents {
            return Err(finding(FindingCode::GroupDisallowsCustomers));
        }
    }
    let is_low = org.free_seats.is_some_and(|free| free < org.open_invitations);
    let is_spent = org.allowance.is_some_and(|(used, limit)| {
        limit > 0 && used.saturating_mul(100) >= limit.saturating_mul(ALLOWANCE_PERCENT)
    });
    let warnings = [
        (org.customer_invitations.is_none(), FindingCode::CustomerInvitationsUnknown),
        (org.my_domain_login_only == Some(true), FindingCode::MyDomainLoginOnly),
        (org.single_sign_on == Some(true), FindingCode::SingleSignOn),
        (org.ip_ranges == Some(true), FindingCode::IpRanges),
        (is_low, FindingCode::SeatsLow),
        (
            group.is_some_and(|it| it.has_active_owner == Some(false)),
            FindingCode::GroupOwnerInactive,
        ),
        (is_spent, FindingCode::AllowanceLow),
    ];
    Ok(warnings
        .into_iter()
        .filter(|(applies, _)| *applies)
        .map(|(_, code)| finding(code))
        .collect())
}

pub(crate) fn finding(code: FindingCode) -> Finding {
    let (message, fix) = match code {
        FindingCode::CustomerInvitationsOff => (
            "the org does not allow customer invitations",
            "turn on Allow Customer Invitations in Setup > Chatter Settings",
        ),
        FindingCode::InvitingNotPermitted => (
            "the integration user may not invite customers",
            "give the user a permission set with Invite Customers To Chatter",
        ),
        FindingCode::SightNotFull => (Unseen::SeatsDiffer.message(), Unseen::SeatsDiffer.fix()),
        FindingCode::GroupNotPrivate => (
            "only a private group can have customers",
            "name a private group, or one that does not exist yet",
        ),
        FindingCode::GroupDisallowsCustomers => (
            "the group does not allow customers",
            "send group.allowCustomers: true to turn it on for good, or name another group",
        ),
        FindingCode::GroupArchived => {
            ("the group is archived", "reactivate the group in Salesforce, or name another group")
        }
        FindingCode::CustomerInvitationsUnknown => (
            "whether the org allows customer invitations could not be read",
            "give the integration user View Setup and Configuration, and check Setup > Chatter Settings",
        ),
        FindingCode::MyDomainLoginOnly => (
            "users must sign in through My Domain, which customers are said not to be able to",
            "allow login.salesforce.com in Setup > My Domain > Policies, or tell customers the My Domain address",
        ),
        FindingCode::SingleSignOn => (
            "single sign-on is on; customer invitations are said to fail with it",
            "keep the sign-in form on the login page for customers",
        ),
        FindingCode::IpRanges => (
            "IP ranges are enforced on every request; customers outside them cannot sign in",
            "turn off the enforcement, or add the customers' networks",
        ),
        FindingCode::SeatsLow => (
            "there are fewer free Chatter External licences than open invitations",
            "end access that is no longer needed, or ask Salesforce for more licences",
        ),
        FindingCode::GroupOwnerInactive => (
            "the group's owner is inactive, so nobody can manage the group by hand",
            "give the group an active owner",
        ),
        FindingCode::AllowanceLow => (
            "most of the org's daily API requests are used",
            "find what uses them in Setup > System Overview, or raise the allowance",
        ),
    };
    Finding { code, message: message.to_owned(), fix: fix.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{FindingCode, GroupFacts, GroupKind, OrgFacts, preflight};

    const ORG: OrgFacts = OrgFacts {
        customer_invitations: Some(true),
        my_domain_login_only: Some(false),
        single_sign_on: Some(false),
        ip_ranges: Some(false),
        is_unread: false,
        free_seats: Some(5),
        open_invitations: 5,
        allowance: Some((79, 100)),
    };
    const GROUP: GroupFacts = GroupFacts {
        kind: GroupKind::Private,
        allows_customers: true,
        is_archived: false,
        has_active_owner: Some(true),
    };

    #[test]
    fn a_code_is_spelt_as_it_is_answered() {
        for code in [
            FindingCode::CustomerInvitationsOff,
            FindingCode::InvitingNotPermitted,
            FindingCode::SightNotFull,
            FindingCode::GroupNotPrivate,
            FindingCode::GroupDisallowsCustomers,
            FindingCode::GroupArchived,
            FindingCode::CustomerInvitationsUnknown,
            FindingCode::MyDomainLoginOnly,
            FindingCode::SingleSignOn,
            FindingCode::IpRanges,
            FindingCode::SeatsLow,
            FindingCode::GroupOwnerInactive,
            FindingCode::AllowanceLow,
        ] {
            assert_eq!(serde_json::json!(code), code.as_str());
        }
    }

    #[test]
    fn what_makes_an_invitation_impossible_refuses_the_request() {
        let refusal =
            |org, group, consents| preflight(&org, Some(&group), consents).map_err(|it| it.code);
        let off = OrgFacts { customer_invitations: Some(false), ..ORG };
        assert_eq!(refusal(off, GROUP, true), Err(FindingCode::CustomerInvitationsOff));
        for kind in [GroupKind::Public, GroupKind::Unlisted] {
            let group = GroupFacts { kind, ..GROUP };
            assert_eq!(refusal(ORG, group, true), Err(FindingCode::GroupNotPrivate));
        }
        let archived = GroupFacts { is_archived: true, ..GROUP };
        assert_eq!(refusal(ORG, archived, true), Err(FindingCode::GroupArchived));
        let closed = GroupFacts { allows_customers: false, ..GROUP };
        assert_eq!(refusal(ORG, closed, false), Err(FindingCode::GroupDisallowsCustomers));
        assert_eq!(refusal(ORG, closed, true), Ok(Vec::new()));
    }

    #[test]
    fn what_may_disappoint_is_a_warning_with_a_fix() {
        let org = OrgFacts {
            customer_invitations: None,
            my_domain_login_only: Some(true),
            single_sign_on: Some(true),
            ip_ranges: Some(true),
            is_unread: false,
            free_seats: Some(4),
            open_invitations: 5,
            allowance: Some((80, 100)),
        };
        let group = GroupFacts { has_active_owner: Some(false), ..GROUP };
        let findings = preflight(&org, Some(&group), false).unwrap();
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(
            codes,
            [
                FindingCode::CustomerInvitationsUnknown,
                FindingCode::MyDomainLoginOnly,
                FindingCode::SingleSignOn,
                FindingCode::IpRanges,
                FindingCode::SeatsLow,
                FindingCode::GroupOwnerInactive,
                FindingCode::AllowanceLow,
            ]
        );
        assert!(findings.iter().all(|finding| !finding.fix.is_empty()));
        assert_eq!(preflight(&ORG, Some(&GROUP), false), Ok(Vec::new()));
        let unlimited = OrgFacts { allowance: Some((0, 0)), ..ORG };
        assert_eq!(preflight(&unlimited, None, false), Ok(Vec::new()), "no limit is no warning");
    }
}
