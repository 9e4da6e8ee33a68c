//! What keeps a customer out of every group alike: the address, the users who have it, and the number of grants.

use super::answer::Admission;
use crate::records::Grant;
use crate::seen::{User, View};
use crate::telling::{
    AMBIGUOUS_CUSTOMER, CustomerRefusal, NOT_A_CUSTOMER, PROTECTED_ADDRESS, TOO_MANY_GRANTS,
    not_seen, refusal,
};

/// The refusal that follows from the address and the users who have it, before anything is recorded.
fn refusal_of_address(view: &View<'_>) -> Option<CustomerRefusal> {
    let email = &view.customer.email;
    let with_address =
        || view.observed.users.values().filter(|user| user.email.as_ref() == Some(email));
    let customers = with_address().filter(|user| user.is_customer()).count();
    if view.policy.protects(email) || with_address().any(|user: &User| user.is_stock) {
        Some(refusal(PROTECTED_ADDRESS))
    } else if let Some(unseen) = view.observed.sight.lasting().filter(|_| !view.is_near()) {
        Some(not_seen(unseen))
    } else if customers > 1 {
        Some(refusal(AMBIGUOUS_CUSTOMER))
    } else if (customers == 0 && with_address().next().is_some()) || view.is_colleague() {
        Some(refusal(NOT_A_CUSTOMER))
    } else {
        None
    }
}

/// What keeps a customer out, whatever is asked for.
pub(super) fn barred(view: &View<'_>, existing: Option<&Grant>) -> Option<Admission> {
    if let Some(refusal) = refusal_of_address(view) {
        return Some(Admission::Refused(refusal));
    }
    if !view.is_near() {
        return Some(Admission::Unread);
    }
    let open = view.customer.grants.values().filter(|grant| grant.is_open()).count();
    let is_full = existing.is_none() && open >= view.policy.maximum_grants_per_customer;
    is_full.then(|| Admission::Refused(refusal(TOO_MANY_GRANTS)))
}
