//! Why one customer of a request is refused, and what to do about it.

use serde::Serialize;

use crate::orgs::{Finding, FindingCode, OrgFacts, finding};
use crate::records::{Failure, Step};
use crate::seen::Unseen;

/// Why one customer is refused, as contracts spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusalCode {
    /// The address belongs to users of the org, none of them a customer.
    NotACustomer,
    /// Several customers have the address.
    AmbiguousCustomer,
    /// By policy, or a stock user.
    ProtectedAddress,
    /// A user with the address, or whom the ledger knows as the customer, cannot be seen well enough to say who it is.
    CustomerNotSeen,
    /// The customer has as many open grants as the policy allows.
    TooManyGrants,
    /// No free licence.
    SeatsExhausted,
    /// Salesforce says that the group is full.
    GroupFull,
    /// Anything else that Salesforce refuses.
    SalesforceRefused,
    /// The org's switch for customer invitations was turned off since it was last read.
    CustomerInvitationsOff,
    /// The ledger can never take the record of the grant.
    Unrecordable,
    /// The address may not be let in.
    DomainNotAllowed,
    /// Who asks may not ask this for this customer.
    SourceNotAllowed,
    /// The customer's unbroken stay would be longer than the policy allows.
    ExpiryBeyondPolicy,
}

impl RefusalCode {
    /// The code as contracts spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotACustomer => "NOT_A_CUSTOMER",
            Self::AmbiguousCustomer => "AMBIGUOUS_CUSTOMER",
            Self::ProtectedAddress => "PROTECTED_ADDRESS",
            Self::CustomerNotSeen => "CUSTOMER_NOT_SEEN",
            Self::TooManyGrants => "TOO_MANY_GRANTS",
            Self::SeatsExhausted => "SEATS_EXHAUSTED",
            Self::GroupFull => "GROUP_FULL",
            Self::SalesforceRefused => "SALESFORCE_REFUSED",
            Self::CustomerInvitationsOff => "CUSTOMER_INVITATIONS_OFF",
            Self::Unrecordable => "UNRECORDABLE",
            Self::DomainNotAllowed => "DOMAIN_NOT_ALLOWED",
            Self::SourceNotAllowed => "SOURCE_NOT_ALLOWED",
            Self::ExpiryBeyondPolicy => "EXPIRY_BEYOND_POLICY",
        }
    }
}

/// A refusal with its remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustomerRefusal {
    /// Its code.
    pub code: RefusalCode,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// The refusal that a failure of Salesforce means to the one who asked.
#[must_use]
pub fn refusal_of_failure(failure: &Failure) -> CustomerRefusal {
    match failure.code.as_str() {
        code if code == FindingCode::CustomerInvitationsOff.as_str() => {
            let Finding { message, fix, .. } = finding(FindingCode::CustomerInvitationsOff);
            CustomerRefusal { code: RefusalCode::CustomerInvitationsOff, message, fix }
        }
        "LICENSE_LIMIT_EXCEEDED" => refusal(SEATS_EXHAUSTED),
        "LIMIT_EXCEEDED" if is_of_the_group(failure) => refusal(GROUP_FULL),
        code => CustomerRefusal {
            code: RefusalCode::SalesforceRefused,
            message: format!("{code}: {}", failure.message),
            fix: "mend in Salesforce what the message names, then ask again".to_owned(),
        },
    }
}

/// Tells the cause of a failure where the org's settings, read after it, show one: an invitation is refused while the org allows none,
/// whatever Salesforce calls that.
pub fn explain(failure: &mut Failure, org: &OrgFacts) {
    let is_invitation = failure.is_refusal && failure.step == Step::Invite;
    if is_invitation && org.customer_invitations == Some(false) {
        failure.message = format!("{}: {}", failure.code, failure.message);
        FindingCode::CustomerInvitationsOff.as_str().clone_into(&mut failure.code);
    }
}

/// Whether a limit that adding a member meets is the size of the group. The other one is the 300 groups of one user, and the code is the
/// same: a text that does not speak of a full group, or of its members, is repeated instead of guessed at.
fn is_of_the_group(failure: &Failure) -> bool {
    let text = failure.message.to_lowercase();
    let speaks_of_the_user =
        text.contains("300") || text.contains("a user can") || text.contains("groups");
    let speaks_of_the_group = text.contains("full") || text.contains("members");
    matches!(failure.step, Step::AddMember { .. }) && speaks_of_the_group && !speaks_of_the_user
}

/// The refusal of a grant that can never be recorded, so that nothing is done about it.
#[must_use]
pub fn refusal_of_record() -> CustomerRefusal {
    refusal(UNRECORDABLE)
}

pub(crate) fn not_seen(unseen: Unseen) -> CustomerRefusal {
    let (message, fix) = (unseen.message().to_owned(), unseen.fix().to_owned());
    CustomerRefusal { code: RefusalCode::CustomerNotSeen, message, fix }
}

/// The refusal to send a mail where one was accepted before and nobody knows by whom.
pub(crate) fn unexplained() -> CustomerRefusal {
    CustomerRefusal {
        code: RefusalCode::CustomerNotSeen,
        message: "an invitation to the group was accepted, and it cannot be told by whom".to_owned(),
        fix: "ask for the address that the person has in Salesforce now, or give their user the address that was invited"
            .to_owned(),
    }
}

/// A refusal that is told in the same words whenever it is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed {
    code: RefusalCode,
    message: &'static str,
    fix: &'static str,
}

pub(crate) const NOT_A_CUSTOMER: Fixed = Fixed {
    code: RefusalCode::NotACustomer,
    message: "the address belongs to a user of the org who is not a customer",
    fix: "add colleagues to the group in Salesforce, or use the customer's own address",
};

pub(crate) const AMBIGUOUS_CUSTOMER: Fixed = Fixed {
    code: RefusalCode::AmbiguousCustomer,
    message: "several customers of the org have the address",
    fix: "deactivate or correct all but one of them in Salesforce, then ask again",
};

pub(crate) const PROTECTED_ADDRESS: Fixed = Fixed {
    code: RefusalCode::ProtectedAddress,
    message: "the address is protected",
    fix: "use another address, or take it off protectedEmails in the policy",
};

pub(crate) const TOO_MANY_GRANTS: Fixed = Fixed {
    code: RefusalCode::TooManyGrants,
    message: "the customer has as many grants in the org as the policy allows",
    fix: "end access that is no longer needed, or raise maximumGrantsPerCustomer in the policy",
};

pub(crate) const SEATS_EXHAUSTED: Fixed = Fixed {
    code: RefusalCode::SeatsExhausted,
    message: "the org has no free Chatter External licence",
    fix: "end access that is no longer needed, or ask Salesforce for more licences",
};

pub(crate) const GROUP_FULL: Fixed = Fixed {
    code: RefusalCode::GroupFull,
    message: "the group is full",
    fix: "remove members who no longer need it, or use another group",
};

pub(crate) const UNRECORDABLE: Fixed = Fixed {
    code: RefusalCode::Unrecordable,
    message: "the ledger cannot take the record of the grant beside the customer's others",
    fix: "ask with shorter texts, or end access of the customer that is no longer needed",
};

pub(crate) fn refusal(fixed: Fixed) -> CustomerRefusal {
    let Fixed { code, message, fix } = fixed;
    CustomerRefusal { code, message: message.to_owned(), fix: fix.to_owned() }
}
