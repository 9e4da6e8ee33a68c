#![doc = include_str!("../README.md")]

mod change;
mod commit;
mod due;
mod eraser;
mod error;
mod evidence;
mod hold;
mod introduction;
mod item;
mod key;
mod org;
mod outbox;
mod position;
mod quota;
mod reader;
mod retry;
mod schema;
mod seal;
mod split;
mod transaction;
mod writer;

use aws_sdk_dynamodb::Client;

pub use change::CustomerChange;
pub use due::{DueCustomer, DuePage, DueProject, Unreadable};
pub use eraser::{Eraser, Forgotten};
pub use error::{CommitError, ForgetError, ItemKind, ReadError, RequestFailure, WriteError};
pub use evidence::{EvidencePage, Histories};
pub use hold::{HeldEnding, Hold};
pub use org::Found;
pub use position::DueCursor;
pub use reader::{Reader, Records, Run};
pub use schema::{Index, TABLE, Table, create_table};
pub use writer::{Recorded, Writer};

/// Both sides of one table.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// What a dry run gets.
    pub reader: Reader,
    /// What changes the ledger.
    pub writer: Writer,
}

impl Ledger {
    /// The ledger in the table of that name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        let reader = Reader::new(client, table);
        let writer = Writer::new(reader.clone());
        Self { reader, writer }
    }
}
