//! What a run knows of itself beside what it reports.

/// What the metrics of a run say besides its report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Measures {
    /// The share of its daily requests that is used, in percent, of the org asked that has used most.
    pub(crate) allowance_used: Option<u64>,
    /// Whether Salesforce refused the sign-in with the secret as it is now.
    pub(crate) is_sign_in_refused: bool,
    /// Whether something else lasts in an org until a person mends it.
    pub(crate) is_not_ready: bool,
    /// Whether the run is a sweep of all that is due in every org.
    pub(crate) is_of_every_org: bool,
    /// Whether a part of the ledger or of an org could not be looked at.
    pub(crate) is_blind: bool,
    /// Whether Salesforce did not answer at all in an org, or let nobody in, so that it will not do so in the next run of this moment either.
    pub is_unanswered: bool,
    /// Grants with a failure that is no refusal of Salesforce's, and failures of the run as a whole: what a repetition may mend.
    pub(crate) undone: usize,
    /// Whether the run could not ask for the continuation that it needs.
    pub(crate) is_cut_off: bool,
    /// Whether it waited in vain for others who are changing something for customers: their time will be over.
    pub(crate) has_waited: bool,
    /// Whether anything was done in an org.
    pub(crate) has_acted: bool,
    /// What was found wrong with orgs and was not before.
    pub(crate) new_findings: usize,
}

impl Measures {
    /// Adds what one org came to.
    pub(crate) fn add(&mut self, part: Self) {
        *self = Self {
            allowance_used: self.allowance_used.max(part.allowance_used),
            is_sign_in_refused: self.is_sign_in_refused | part.is_sign_in_refused,
            is_not_ready: self.is_not_ready | part.is_not_ready,
            is_of_every_org: self.is_of_every_org | part.is_of_every_org,
            is_blind: self.is_blind | part.is_blind,
            is_unanswered: self.is_unanswered | part.is_unanswered,
            undone: self.undone + part.undone,
            is_cut_off: self.is_cut_off | part.is_cut_off,
            has_waited: self.has_waited | part.has_waited,
            has_acted: self.has_acted | part.has_acted,
            new_findings: self.new_findings + part.new_findings,
        };
    }
}
