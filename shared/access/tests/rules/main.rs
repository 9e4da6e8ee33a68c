//! The rules, as tables and as properties, through the crate's public doors.

mod admit;
mod census;
mod decide;
mod evidence;
mod lease;
mod lingering;
mod properties;
mod settle;
mod spelling;
mod world;
