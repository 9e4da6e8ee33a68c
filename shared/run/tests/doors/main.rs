//! The crate's way to the orgs through its public doors, against servers on this machine that speak the real protocols.

#[expect(dead_code, reason = "the tests of the runtime, whose door it is, ask for more of it")]
#[path = "../../../runtime/tests/doors/door.rs"]
mod door;
mod organizations;
