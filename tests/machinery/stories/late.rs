//! A call that lands after its caller has given up on it, and perhaps has repeated it.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::network::{Call, Conduct, Onward, Outcome};

/// Which call is late, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LandsLater {
    /// Which of the calls of a container; the first is 1.
    pub call: usize,
    /// How long after the connection was closed it takes effect.
    pub after: Duration,
}

impl fmt::Display for LandsLater {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "call {} lands after {:?}", self.call, self.after)
    }
}

/// Lets calls pass but for the one that is late.
#[derive(Debug)]
pub(crate) struct Late(pub(crate) LandsLater);

impl Conduct for Late {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            if call.number == self.0.call {
                onward.go_later(self.0.after);
                Outcome::Severed
            } else {
                onward.go().await
            }
        })
    }
}
