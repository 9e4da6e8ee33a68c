//! Several containers at once, one call at a time, in an order that is chosen.
//!
//! Each worker's calls wait at a gate. When nobody can go on by themselves, one of the calls is chosen and goes
//! on, unless its worker is to die there. [`explore()`] tries every order that can make a difference; [`Draw`] draws orders by a seed. Timers are
//! simulated, so that who waits for a while wakes up when all others wait as well.

mod explore;
mod gate;
mod races;
mod sample;
mod schedule;
mod worker;

pub use explore::{Explored, Walk, explore};
pub use sample::Draw;
pub use schedule::{Chooser, Step, interleave, interleave_mortals};
pub use worker::{Work, Worker};
