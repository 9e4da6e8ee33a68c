//! What a run needs of Chatter, in Lanyard's words.

use std::collections::BTreeMap;

use access::{
    Census, Customer, Email, Failure, GrantId, Group, GroupFacts, GroupId, InvitationId, Observed,
    OrgFacts, Role, Step, UserId,
};

/// Reads. Nothing behind this trait changes anything.
pub trait Observe {
    /// Reads all that is needed to decide about these customers of one org.
    ///
    /// What could not be read comes back as a partial observation of the customers concerned.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing can be read at all.
    fn customers(
        &self,
        customers: &[&Customer],
    ) -> impl Future<Output = Result<Sightings, Unavailable>> + Send;

    /// Reads all that is needed to decide about an invitation request: the group, the seats and the customers.
    ///
    /// # Errors
    /// [`Unavailable`] when any of it cannot be read: a request is decided on complete observations only.
    fn arrivals(
        &self,
        group: &GroupName,
        customers: &[&Customer],
    ) -> impl Future<Output = Result<Arrivals, Unavailable>> + Send;

    /// Reads every customer of the org. What could not be read is not in its sight.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing can be read at all.
    fn census(&self) -> impl Future<Output = Result<Census, Unavailable>> + Send;

    /// Who sent the latest invitation to each of these addresses, by address in lower case, as far as it can be read.
    fn inviters(
        &self,
        addresses: &[String],
    ) -> impl Future<Output = BTreeMap<String, UserId>> + Send;

    /// Reads the org's settings, seats and allowance. What cannot be read is `None`.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing can be read at all.
    fn org(&self) -> impl Future<Output = Result<OrgFacts, Unavailable>> + Send;
}

/// Writes. Every step may be repeated.
pub trait Act {
    /// Creates a private group that allows customers, with a text that tells its members so. Says whether it did.
    ///
    /// Finds the group instead when somebody else has created it meanwhile: names are unique.
    ///
    /// # Errors
    /// [`Failure`] with Salesforce's code and text.
    fn create_group(
        &self,
        group: &NewGroup,
    ) -> impl Future<Output = Result<(ObservedGroup, bool), Failure>> + Send;

    /// Turns *Allow Customers* on, which cannot be undone.
    ///
    /// # Errors
    /// [`Failure`] with Salesforce's code and text.
    fn allow_customers(&self, group: &GroupId) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Carries out steps and says what became of each, in the order of `tasks`.
    ///
    /// The same step for several grants is done once. Memberships and invitations go first, seats second.
    fn carry_out(
        &self,
        tasks: &[Task],
        places: &Places,
    ) -> impl Future<Output = Vec<Result<Done, NotDone>>> + Send;
}

/// Whether a run may change anything.
#[derive(Debug)]
pub enum Mode<A> {
    /// Plan, report, stop. There is no writer to misuse.
    DryRun,
    /// Carry the plan out with this writer.
    Apply(A),
}

/// The group of a request: by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupName {
    /// Its record id.
    Id(GroupId),
    /// Its name, compared without regard to case.
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
    /// The group, if it exists.
    pub group: Option<ObservedGroup>,
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
}

/// The code of a failure after which it is not known whether the step took effect.
pub const AMBIGUOUS: &str = "AMBIGUOUS";

/// A step that was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// Not tried, for lack of time.
    Deferred,
    /// Tried, and failed.
    Failed {
        /// Why.
        failure: Failure,
        /// The user who was frozen instead.
        frozen: Option<UserId>,
        /// Why the user could not be frozen instead.
        not_frozen: Option<Box<Failure>>,
    },
}

/// Salesforce cannot be read or written at all now.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The sign-in is refused; trying again will not help.
    #[error("the sign-in is refused")]
    SignInRefused(#[source] salesforce::SignInError),
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
