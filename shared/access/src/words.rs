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
mod spelling;
mod text;

pub use email::{Email, InvalidEmail};
pub use group::{Group, Membership, Role};
pub use instant::{InvalidInstant, parse_instant};
pub use name::{
    GrantId, GroupId, InvalidName, InvitationId, OrgAlias, OrganizationId, ProjectId, Subject,
    UserId,
};
pub use source::Source;
pub use span::SETTLING;
pub use spelling::{folded_name, has_many_spellings, is_one_name, spellings, sure_parts};
pub use text::{UncleanText, clean_name, clean_text, cleaned_text};

pub(crate) use digest::hex;
pub(crate) use span::{days_of, is_settling};
