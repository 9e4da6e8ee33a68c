//! From a plan to the next records: the intent before anything is done, and the outcome after it was read back.

mod begin;
mod outcomes;
mod settling;
mod untold;

pub use begin::{Begun, begin};
pub use outcomes::Outcomes;
pub use settling::{Settled, settle};

pub(crate) use begin::set_out;
pub(crate) use settling::{joined, joined_as};
