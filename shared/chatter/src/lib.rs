#![doc = include_str!("../README.md")]

mod act;
mod census;
mod group;
mod observe;
mod port;
mod record;
mod results;
mod rows;
mod seat;
mod sightings;

pub use group::{CREATED_GROUP_INFORMATION, CREATED_GROUP_TITLE};
pub use observe::Chatter;
pub use port::{
    AMBIGUOUS, Act, Arrivals, Done, GroupName, Mode, NewGroup, NotDone, Observe, ObservedGroup,
    Places, Sightings, Task, Unavailable,
};
