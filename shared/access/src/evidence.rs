//! Evidence: the chained history of a grant.
//!
//! The form over which hashes are made is a contract with whoever verifies evidence without this crate; the README says it.

mod entry;
mod transition;
mod verify;

pub use entry::{Entry, digest_of_heads, heads_of_run};
pub use transition::{Actor, AuditEntry};
pub use verify::{Flaw, verify};

pub(crate) use transition::entry;
