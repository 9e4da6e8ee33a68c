//! The rules, as tables and as properties, through the crate's public doors.

mod admit;
mod census;
mod decide;
mod done;
mod evidence;
mod lease;
mod lingering;
mod properties;
mod properties_of_authority;
mod properties_of_standing;
mod settle;
mod spelling;
mod stored;
mod world;
