//! The crate through its public doors, against servers on this machine that speak the real protocols.

mod bus;
mod connector;
#[expect(dead_code, reason = "the tests of run come through the same door, and ask for its host")]
mod door;
mod hostile;
mod logs;
mod metrics;
mod process;
mod tls;
