//! What a run over one org is given: the work, the readers and the writers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use access::{Email, GrantId, Lease, OrgAlias, Policy, Project, Reason};
use ledger::{Reader, Writer};
use runtime::{Bus, Invocation};

use crate::fault::Fault;

/// What is kept of the invocation's time to record outcomes and to report.
pub(crate) const TIME_TO_RECORD: Duration = Duration::from_secs(10);

/// What must be left of the invocation's time to carry customers through.
pub(crate) const TIME_TO_WORK: Duration = Duration::from_secs(20);

/// The writers of a run that applies its plan.
#[derive(Debug)]
pub(crate) struct Writers<'a> {
    /// Salesforce.
    pub(crate) act: &'a chatter::Writer,
    /// The ledger.
    pub(crate) ledger: &'a Writer,
    /// The bus.
    pub(crate) bus: &'a Bus,
}

/// Whether a run may change anything.
#[derive(Debug)]
pub(crate) enum Mode<'a> {
    /// Plan, report, stop. There is no writer to misuse.
    DryRun,
    /// Carry the plan out with these writers.
    Apply(Writers<'a>),
}

/// A run over one org.
#[derive(Debug)]
pub(crate) struct OrgRun<'a> {
    /// The org.
    pub(crate) org: &'a OrgAlias,
    /// The company's limits.
    pub(crate) policy: &'a Policy,
    /// The ledger, to read.
    pub(crate) reader: &'a Reader,
    /// Salesforce, to read.
    pub(crate) observe: &'a chatter::Reader,
    /// The writers, unless it is a dry run.
    pub(crate) mode: Mode<'a>,
    /// The run's id, under which its evidence is.
    pub(crate) id: &'a str,
    /// The invocation; its `now` is the run's.
    pub(crate) invocation: &'a Invocation,
    /// The right under which the run changes anything.
    pub(crate) lease: Lease,
}

/// What a run is to look at.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// The customers.
    pub customers: BTreeSet<Email>,
    /// The closed projects of which something may be left.
    pub closing: Vec<Project>,
    /// The endings that a person released.
    pub release: Option<BTreeMap<GrantId, Reason>>,
    /// For a census: all customers of whom the ledger has anything that may still need something.
    pub census: Option<BTreeSet<Email>>,
}

/// Why a run did nothing at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBegun {
    /// Of the endings that a person released nothing is left as it was.
    #[error("all of the set has changed since it was held")]
    ReleaseRefused,
    /// Salesforce refuses the sign-in, or all that is asked, with the secret as it was read.
    #[error("Salesforce lets nobody in: {}", .0.message)]
    Refused(Fault),
}

impl OrgRun<'_> {
    pub(crate) fn is_dry(&self) -> bool {
        matches!(self.mode, Mode::DryRun)
    }
}
