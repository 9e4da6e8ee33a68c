//! What a source may do: whom it lets in where, and whose access it ends.

mod domains;
mod judge;
mod pattern;
mod reading;
mod refused;
mod rule;
mod sources;

pub use domains::{Domains, Sponsors};
pub use judge::{Authority, Ownership};
pub use pattern::Pattern;
pub use refused::{NotAllowed, NotAllowedCode};
pub use rule::{End, GroupPattern, SourceRule};
pub use sources::Sources;

pub(crate) use reading::Wrong;

#[cfg(test)]
mod tests;
