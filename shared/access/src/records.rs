//! What the ledger keeps: customers with their grants, where each grant stands, projects, and what a sender's word does to them.

mod customer;
mod grant;
mod lease;
mod project;
mod standing;
mod state;
mod stay;
mod step;
mod superseding;
mod word;

pub use customer::Customer;
pub use grant::{Grant, Joined};
pub(crate) use lease::settled_at;
pub use lease::{Done, Lease, Standing};
pub use project::{Project, ProjectChange, ProjectState};
pub use state::{EndReason, Proof, State, Stuck};
pub use step::{Failure, Step};
pub use word::{Asked, NamedGroup, Withdrawn, WithdrawnOf};

pub(crate) use state::{End, PROVE, Phase};
pub(crate) use word::is_surely_before;
