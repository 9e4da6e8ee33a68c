#![doc = include_str!("../README.md")]

mod aws_door;
mod container;
mod events;
mod measured;
pub mod schemas;
mod start_error;
mod time;
mod world;

pub use aws_door::{AwsDoor, PutEventsFault};
pub use container::{Addresses, Container, Entrance, Invoked, Traits};
pub use events::{Event, batch};
pub use start_error::StartError;
pub use time::Pace;
pub use world::{Setup, World};
