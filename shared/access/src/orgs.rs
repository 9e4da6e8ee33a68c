//! A whole org: what stands in its way, every customer it has, and access in it for which no grant answers.

mod adopt;
mod census;
mod org;
mod preflight;
mod survey;

pub use adopt::{Adopted, adopt, is_answered};
pub use census::{
    Census, IDLE_DAYS, OpenInvitation, Person, Place, Ungoverned, UngovernedPlace, Whoever,
};
pub use org::{Condition, Org};
pub use preflight::{Finding, FindingCode, GroupFacts, GroupKind, OrgFacts, preflight};
pub use survey::{News, Survey};

pub(crate) use preflight::finding;
