//! How much of an org could be seen.

use std::collections::BTreeSet;

use serde::Serialize;

/// Why something could not be seen. Who is not seen may be there all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Unseen {
    /// Salesforce did not answer, or not to the end.
    NotRead,
    /// A user whom the ledger or a membership names has no row that the integration user may see.
    UserHidden,
    /// A user's row does not show the licence, so that it is not known whether this is a customer.
    LicenceUnreadable,
    /// Nothing of a group is shown, and it is not known to be deleted.
    GroupHidden,
    /// An invitation that was sent is not shown, and is not known to be deleted.
    InvitationHidden,
    /// How many seats are taken could not be read, so that nobody knows how many customers there are to be seen.
    SeatsUnreadable,
    /// Salesforce counts another number of taken seats than there are active customers to be seen.
    SeatsDiffer,
}

impl Unseen {
    /// The cause as contracts spell it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotRead => "NOT_READ",
            Self::UserHidden => "USER_HIDDEN",
            Self::LicenceUnreadable => "LICENCE_UNREADABLE",
            Self::GroupHidden => "GROUP_HIDDEN",
            Self::InvitationHidden => "INVITATION_HIDDEN",
            Self::SeatsUnreadable => "SEATS_UNREADABLE",
            Self::SeatsDiffer => "SEATS_DIFFER",
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::NotRead => "not all of what concerns the customer could be read",
            Self::UserHidden => "a user whom the ledger or a group names cannot be seen",
            Self::LicenceUnreadable => "a user's licence cannot be seen",
            Self::GroupHidden => "nothing of the group can be seen",
            Self::InvitationHidden => "an invitation that was sent cannot be seen",
            Self::SeatsUnreadable => "how many customers the org has cannot be seen",
            Self::SeatsDiffer => "the org counts other customers than can be seen",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(self) -> &'static str {
        match self {
            Self::NotRead => "nothing: it is read again by the next run",
            Self::UserHidden | Self::SeatsDiffer => {
                "give the integration user Manage Users, or View All Users, in Salesforce"
            }
            Self::LicenceUnreadable => {
                "give the user a profile, and the integration user View Setup and Configuration, in Salesforce"
            }
            Self::GroupHidden | Self::InvitationHidden => {
                "give the integration user Modify All Data in Salesforce, or make it a manager of the group"
            }
            Self::SeatsUnreadable => {
                "give the integration user View Setup and Configuration in Salesforce"
            }
        }
    }

    /// Whether a person has to mend it: it does not pass by itself.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        self != Self::NotRead
    }
}

/// What a reading could see. What was seen may be acted on; what was not seen proves something only to full sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight(BTreeSet<Unseen>);

impl Sight {
    /// Everything that was asked for was seen.
    #[must_use]
    pub fn full() -> Self {
        Self(BTreeSet::new())
    }

    /// Everything but for these causes.
    #[must_use]
    pub fn but(causes: impl IntoIterator<Item = Unseen>) -> Self {
        Self(causes.into_iter().collect())
    }

    /// Whether absence is proof.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all that concerns this very customer was seen: enough to give, and to judge a seat.
    #[must_use]
    pub fn is_near(&self) -> bool {
        let is_near =
            |cause: &Unseen| matches!(cause, Unseen::SeatsUnreadable | Unseen::SeatsDiffer);
        self.0.iter().all(is_near)
    }

    /// Why it is not full, the nearest cause first.
    pub fn causes(&self) -> impl Iterator<Item = Unseen> {
        self.0.iter().copied()
    }

    /// The first cause that a person has to mend.
    #[must_use]
    pub fn lasting(&self) -> Option<Unseen> {
        self.causes().find(|cause| cause.is_lasting())
    }

    /// Adds what could not be seen elsewhere.
    pub fn blur(&mut self, other: &Self) {
        self.0.extend(other.causes());
    }
}

/// Nothing was read.
impl Default for Sight {
    fn default() -> Self {
        Self::but([Unseen::NotRead])
    }
}
