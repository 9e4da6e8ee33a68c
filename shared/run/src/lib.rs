#![doc = include_str!("../README.md")]

mod books;
pub mod code;
mod continuation;
mod finishing;
mod known;
mod measure;
mod org;
mod outbox;
mod pass;
mod report;
mod services;

pub use continuation::{Continuation, MAXIMUM_CONTINUATIONS};
pub use measure::Measures;
pub use org::{NotBegun, OrgRun, Work, Writers};
pub use outbox::{deliver, publish_due};
pub use report::{DecisionLine, FailureLine, RunFailed, RunReport, Trigger};
pub use services::{Services, code_of};
