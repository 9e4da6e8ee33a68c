//! The words that all the rest is said with: names and addresses that are checked once, groups and roles, instants and spans.

mod digest;
mod email;
mod group;
mod instant;
mod name;
#[cfg(feature = "schema")]
pub mod schema;
mod source;
mod span;

pub use email::{Email, InvalidEmail};
pub use group::{Group, Membership, Role};
pub use instant::{InvalidInstant, parse_instant};
pub use name::{
    GrantId, GroupId, InvalidName, InvitationId, OrgAlias, OrganizationId, ProjectId, Subject,
    UserId,
};
pub use source::Source;
pub use span::SETTLING;

pub(crate) use digest::hex;
pub(crate) use span::{days_of, is_settling};
