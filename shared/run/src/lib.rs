#![doc = include_str!("../README.md")]

mod books;
mod braking;
pub mod code;
mod company;
mod continuation;
mod counting;
mod finishing;
mod known;
mod leasing;
mod lingering;
mod measure;
mod org;
mod org_report;
mod organizations;
mod outbox;
mod party;
mod pass;
mod recognize;
mod report;
mod services;

pub use braking::BrakedLine;
pub use continuation::{Continuation, MAXIMUM_CONTINUATIONS};
pub use measure::Measures;
pub use org::{Mode, NotBegun, OrgRun, Work, Writers};
pub use org_report::{OrgReport, SightReport, UngovernedLine};
pub use organizations::{OrganizationError, Organizations};
pub use outbox::{deliver, publish_due};
pub use recognize::{Unrecognized, organization_of, recognize};
pub use report::{DecisionLine, FailureLine, RunFailed, RunReport, Trigger};
pub use services::{Services, code_of};
