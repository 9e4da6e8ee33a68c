#![doc = include_str!("../README.md")]

mod act;
mod census;
mod group;
mod observe;
mod record;
mod results;
mod rows;
mod seat;
mod sightings;
mod words;

pub use act::Writer;
pub use observe::Reader;
pub use words::{
    AmbiguousGroup, Arrivals, Done, GroupError, GroupName, NewGroup, NotDone, ObservedGroup,
    Places, Sightings, Task, Unavailable,
};

/// Chatter in one Salesforce org.
#[derive(Clone, Debug)]
pub struct Chatter {
    /// What reads.
    pub reader: Reader,
    /// What writes.
    pub writer: Writer,
}

impl Chatter {
    /// Chatter behind a client; its deadline and its count of calls are the client's.
    #[must_use]
    pub fn new(client: salesforce::Client) -> Self {
        Self { reader: Reader::new(client.clone()), writer: Writer::new(client) }
    }
}
