//! What Lanyard tells: events to the world, and refusals to who asked.

mod announcement;
pub mod event;
mod kind;
mod refusal;
mod unknown;

pub use announcement::Announcement;
pub use kind::AnnouncementKind;
pub use refusal::{CustomerRefusal, RefusalCode, explain, refusal_of_failure, refusal_of_record};
pub use unknown::UnknownField;

pub(crate) use refusal::{
    AMBIGUOUS_CUSTOMER, NOT_A_CUSTOMER, PROTECTED_ADDRESS, SEATS_EXHAUSTED, TOO_MANY_GRANTS,
    not_seen, refusal, unexplained,
};
