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
mod measures;
mod not_looked;
mod org;
mod org_report;
mod organizations;
mod outbox;
mod party;
mod pass;
mod recognize;
mod report;
mod services;
mod silence;
mod work;

pub use continuation::Continuation;
pub use measures::Measures;
pub use org_report::{BrakedLine, OrgReport, SightReport, UngovernedLine};
pub use organizations::{Attempts, OrganizationError, Organizations};
pub use outbox::{deliver, publish_due};
pub use recognize::{Unrecognized, organization_of, recognize};
pub use report::{DecisionLine, FailureLine, RunFailed, RunReport, Trigger};
pub use services::{Services, code_of};
pub use silence::Silence;
pub use work::{NotBegun, Seen, Work};
