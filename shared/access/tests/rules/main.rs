//! The rules, as tables and as properties, through the crate's public doors.

mod admit;
mod decide;
mod properties;
mod settle;
mod spelling;
mod world;
