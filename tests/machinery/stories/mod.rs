//! Stories in which one invocation goes wrong, and the platform goes on as it does.
//!
//! A [`Story`] is lived through twice: as it should be, and with a mishap. What there is to see at the end has to be the same.

mod batch;
mod death;
mod fault;
mod late;
mod life;
mod story;

pub use death::{Moment, Point};
pub use fault::{AwsFault, Fault};
pub use late::LandsLater;
pub use life::{Ended, Life, Mishap, invoke, live, live_unrepeated, reach};
pub use story::Story;
