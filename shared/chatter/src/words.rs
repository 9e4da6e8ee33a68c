//! What Chatter is asked for and what it answers, in Lanyard's words.

use std::collections::BTreeMap;

use access::{
    Email, Failure, GrantId, Group, GroupFacts, GroupId, InvitationId, Observed, Role, Step, UserId,
};

/// The group of a request: by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupName {
    /// Its record id.
    Id(GroupId),
    /// Its name, in any spelling.
    Name(String),
}

/// A group to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGroup {
    /// Its name, at most 40 characters.
    pub name: String,
    /// Its description, at most 1,000 characters.
    pub description: Option<String>,
}

/// A group as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedGroup {
    /// Its id and name.
    pub group: Group,
    /// What preflight needs to know of it.
    pub facts: GroupFacts,
}

impl Sightings {
    /// Takes over what was read later.
    pub fn take_over(&mut self, later: Self) {
        self.observed.extend(later.observed);
        self.places.0.extend(later.places.0);
    }
}

/// What was read about customers.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    /// By normalised address; every customer asked for is in it.
    pub observed: BTreeMap<Email, Observed>,
    /// Where their memberships are recorded.
    pub places: Places,
}

/// What was read for an invitation request.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// The group, if it exists and it can be told which one is meant.
    pub group: Result<Option<ObservedGroup>, AmbiguousGroup>,
    /// Free *Chatter External* seats, if the licence could be read.
    pub free_seats: Option<u64>,
    /// How many invitations of the whole org are open, each of which takes a seat once it is accepted; if that could be read.
    pub open_invitations: Option<u64>,
    /// The customers.
    pub sightings: Sightings,
}

/// The record ids of memberships, for the steps that change or delete them.
#[derive(Clone, Debug, Default)]
pub struct Places(pub(crate) BTreeMap<(GroupId, UserId), salesforce::Id>);

/// One step of one grant, with what it needs to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The grant.
    pub grant: GrantId,
    /// The step.
    pub step: Step,
    /// The grant's group.
    pub group: GroupId,
    /// The customer's address.
    pub email: Email,
    /// The role that counts in the group.
    pub role: Role,
    /// The invitation's message.
    pub message: Option<String>,
}

/// A step that Salesforce confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The invitation that was created.
    pub invitation: Option<InvitationId>,
    /// Whether an attempt of a request of the step may still take effect, although a later one was answered.
    pub was_unclear: bool,
}

/// The code of a failure after which it is not known whether the step took effect.
pub(crate) const AMBIGUOUS: &str = "AMBIGUOUS";

/// Why a group was not created or not opened to customers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// Salesforce refuses it.
    #[error("{code}: {message}")]
    Refused {
        /// Its code.
        code: String,
        /// Its text.
        message: String,
    },
    /// Something lasts in the org until a person mends it, whatever is asked.
    #[error("the org is not ready")]
    NotReady(#[source] salesforce::NotReady),
    /// Whether it was done is not known, or it may be done later.
    #[error("Salesforce does not answer")]
    Unavailable,
    /// Several groups have the name.
    #[error(transparent)]
    Ambiguous(#[from] AmbiguousGroup),
}

/// Several private groups have the name, in different spellings, so that it cannot be told which one is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("several private groups have this name in different spellings")]
pub struct AmbiguousGroup;

/// A step that was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// Not tried, for lack of time: surely nothing of the step was sent.
    Deferred,
    /// Tried, and failed.
    Failed {
        /// Why.
        failure: Failure,
        /// The user who was frozen instead.
        frozen: Option<UserId>,
        /// Why the user could not be frozen instead.
        not_frozen: Option<Box<Failure>>,
        /// Whether the user was made active all the same.
        is_woken: bool,
        /// Whether an attempt of a request of the step, or of the freezing instead, may still take effect.
        was_unclear: bool,
    },
}

/// Salesforce cannot be read or written at all now.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The sign-in is refused; trying again will not help.
    #[error("the sign-in is refused")]
    SignInRefused(#[source] salesforce::SignInError),
    /// Something else lasts in the org until a person mends it; trying again will not help.
    #[error("the org is not ready")]
    NotReady(#[source] salesforce::NotReady),
    /// The org's daily API allowance is used up.
    #[error("the org's daily API allowance is used up")]
    AllowanceUsed,
    /// The invocation's time is over.
    #[error("there is no time left for another call")]
    OutOfTime,
    /// Anything else that may pass.
    #[error("Salesforce does not answer")]
    NoAnswer(#[source] salesforce::ClientError),
}
