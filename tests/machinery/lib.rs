#![doc = include_str!("../README.md")]
#![expect(
    clippy::missing_panics_doc,
    reason = "a scenario ends where something is not as it must be, here as well as in a test"
)]

pub mod contract;
pub mod doors;
pub mod effort;
pub mod interleaving;
pub mod network;
pub mod picture;
pub mod platform;
pub mod stories;
pub mod world;
