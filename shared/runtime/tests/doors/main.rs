//! The crate through its public doors, against servers on this machine that speak the real protocols.

mod bus;
mod connector;
mod door;
mod hostile;
mod logs;
mod metrics;
mod organizations;
mod process;
mod tls;
