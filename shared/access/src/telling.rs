//! What Lanyard tells: events to the world, and refusals to who asked.

mod announcement;
pub mod event;
mod kind;
mod refusal;

pub use announcement::Announcement;
pub use kind::AnnouncementKind;
pub use refusal::{CustomerRefusal, RefusalCode, refusal_of_failure, refusal_of_record};

pub(crate) use refusal::{not_seen, refusal, unexplained};
