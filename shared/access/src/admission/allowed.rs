//! What the policy has against letting somebody in, whatever Salesforce shows: the role, the domain, and the length of the stay.

use jiff::Timestamp;

use super::answer::{Admission, Outcome};
use super::ask::Ask;
use super::way::Way;
use crate::authority::{Authority, NotAllowed};
use crate::policy::Policy;
use crate::records::{Grant, State, Step};
use crate::seen::{Looked, View};
use crate::telling::{CustomerRefusal, RefusalCode};
use crate::words::{Email, days_of};

/// What the policy has against letting the customer in, or keeping them longer. Against less than they have it has nothing.
pub(super) fn refusal_of_customer(
    authority: &Authority<'_>,
    view: &View<'_>,
    stay: &Stay,
    ask: &Ask,
    existing: Option<&Grant>,
) -> Option<CustomerRefusal> {
    let role = ask.role_beside(existing);
    let is_less = |existing: &Grant| {
        ask.expires_at.is_some_and(|at| at <= existing.expires_at) && role <= existing.role
    };
    if existing.is_some_and(is_less) {
        return None;
    }
    // Whoever names no role asks for the one that the customer has, and keeps nobody longer in one that they may not give.
    if let Err(refused) = authority.may_give(role) {
        return Some(of_source(refused));
    }
    // Whoever joined under another address, or has got one since, is let in under that.
    let users = view.ours.iter().filter_map(|id| view.observed.users.get(*id)?.email.as_ref());
    let mut addresses = std::iter::once(&view.customer.email).chain(users);
    addresses
        .find_map(|email| refusal_of_domain(view.policy, authority, email))
        .or_else(|| stay.refusal(view.policy, ask, view.now))
}

/// What the rules of domains, that for everybody and that of the source, have against an address.
fn refusal_of_domain(
    policy: &Policy,
    authority: &Authority<'_>,
    email: &Email,
) -> Option<CustomerRefusal> {
    let rule = if policy.domains.admits(email) {
        authority.admits(email).err()?
    } else {
        "domains".to_owned()
    };
    Some(CustomerRefusal {
        code: RefusalCode::DomainNotAllowed,
        message: format!("{rule} in the policy does not let the customer's address in"),
        fix: "use an address of a domain that it allows, or have the domain put into it".to_owned(),
    })
}

/// What the rule of the source has against this way: it may not take over what was given by hand, nor shorten what others asked for.
pub(super) fn refusal_of_way(
    authority: &Authority<'_>,
    view: &View<'_>,
    way: &Way,
    existing: Option<&Grant>,
    grant: &Grant,
) -> Option<Admission> {
    // Whoever is woken, need not be put into the group, and was never there by a grant has the place by hand.
    let is_of_group =
        |it: &Grant| it.group.id == grant.group.id && !matches!(it.state, State::Refused { .. });
    let is_there = !way.steps.iter().any(|step| matches!(step, Step::AddMember { .. }))
        && !view.customer.grants.values().any(is_of_group);
    let takes_over = existing.is_none()
        && match way.outcome {
            Outcome::Adopted | Outcome::Pending => true,
            Outcome::Reactivated => is_there,
            Outcome::Invited
            | Outcome::Added
            | Outcome::Updated
            | Outcome::Unchanged
            | Outcome::Superseded => false,
        };
    let takes =
        |existing: &&Grant| grant.expires_at < existing.expires_at || grant.role < existing.role;
    let shortened = existing.filter(takes);
    let refused = match shortened {
        Some(existing) => authority.may_shorten(existing.source.as_ref()).err(),
        None if takes_over => authority.may_adopt().err(),
        None => None,
    };
    refused.map(|refused| Admission::Refused(of_source(refused)))
}

/// The refusal of one customer for what the source may not do.
pub(super) fn of_source(refused: NotAllowed) -> CustomerRefusal {
    let NotAllowed { message, fix, .. } = refused;
    CustomerRefusal { code: RefusalCode::SourceNotAllowed, message, fix }
}

/// Since when somebody stays, under whatever addresses the same person is known, and until when they may.
pub(super) struct Stay {
    pub(super) began: Timestamp,
    pub(super) latest: Timestamp,
}

impl Stay {
    pub(super) fn of(policy: &Policy, looked: &Looked, now: Timestamp) -> Self {
        let other = looked.observed.stays_since;
        let began = looked.customer.stays_since(now).into_iter().chain(other).min();
        let began = began.map_or(now, |began| began.min(now));
        let latest = policy.maximum_total_days.map_or(Timestamp::MAX, |days| {
            began.saturating_add(days_of(i64::from(days))).unwrap_or(Timestamp::MAX)
        });
        Self { began, latest }
    }

    /// The refusal of what would last longer; what names no expiry of its own gets what is left.
    pub(super) fn refusal(
        &self,
        policy: &Policy,
        ask: &Ask,
        now: Timestamp,
    ) -> Option<CustomerRefusal> {
        let days = policy.maximum_total_days?;
        if self.latest > now && ask.expires_at.is_none_or(|it| it <= self.latest) {
            return None;
        }
        let fix = if self.latest > now {
            format!(
                "ask for an expiry until {}, or raise maximumTotalDays in the policy",
                self.latest
            )
        } else {
            "ask again when the customer has been gone for a day, or raise maximumTotalDays in the policy".to_owned()
        };
        Some(CustomerRefusal {
            code: RefusalCode::ExpiryBeyondPolicy,
            message: format!("the customer would stay for more than {days} days without a break"),
            fix,
        })
    }

    /// The term of what names no expiry.
    pub(super) fn term(&self, policy: &Policy, now: Timestamp) -> Timestamp {
        policy.default_expiry(now).min(self.latest)
    }
}
