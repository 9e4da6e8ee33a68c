#![doc = include_str!("../README.md")]

mod aws_door;
mod events;
mod measured;
pub mod schemas;
mod world;

pub use aws_door::{AwsDoor, PutEventsFault};
pub use events::{Event, batch};
pub use world::{Setup, StartError, World};
