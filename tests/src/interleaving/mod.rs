//! Several containers at once, one call at a time, in an order that is chosen.
//!
//! Each worker's calls wait at the [`Gate`](gate::Gate). When nobody can go on by themselves, one of the calls is chosen and goes
//! on. [`explore`](explore::explore) tries every order that can make a difference; [`Draw`] draws orders by a seed. Timers are
//! simulated, so that who waits for a while wakes up when all others wait as well.

mod explore;
mod gate;
mod races;
mod sample;
mod schedule;
#[cfg(test)]
mod toys;

pub(crate) use explore::{Explored, explore};
pub(crate) use sample::Draw;
pub(crate) use schedule::{Chooser, Step, Work, interleave};
