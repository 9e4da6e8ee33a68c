//! The crate's way to the orgs through its public doors, against servers on this machine that speak the real protocols.

#[path = "../../../runtime/tests/doors/door.rs"]
mod door;
mod key_service;
mod organizations;
