//! Those who take part in an interleaving.

use std::fmt;

use futures_util::future::BoxFuture;
use lanyard_local::{Container, Traits};

use crate::stories::Point;

/// What a worker does, in a container of its own.
pub type Work<'a, T> = Box<dyn FnOnce(Container) -> BoxFuture<'a, T> + Send + 'a>;

/// One who takes part: what it does, in which container, and where that dies.
pub struct Worker<'a, T> {
    pub(super) work: Work<'a, T>,
    pub(super) traits: Traits,
    pub(super) death: Option<Point>,
}

impl<'a, T> Worker<'a, T> {
    /// In a container like any other, which does not die.
    #[must_use]
    pub fn new(work: Work<'a, T>) -> Self {
        Self { work, traits: Traits::default(), death: None }
    }

    /// The same in a container that differs from others in these traits.
    #[must_use]
    pub fn with(self, traits: Traits) -> Self {
        Self { traits, ..self }
    }

    /// The same in a container that dies when this call of it is chosen: before it leaves, or once it took effect.
    #[must_use]
    pub fn dying(self, at: Point) -> Self {
        Self { death: Some(at), ..self }
    }
}

impl<T> fmt::Debug for Worker<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { traits, death, work: _ } = self;
        write!(formatter, "Worker {{ {traits:?}, {death:?} }}")
    }
}
