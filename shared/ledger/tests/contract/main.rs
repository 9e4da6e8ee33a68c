//! The ledger through its public doors, over the AWS SDK and a real HTTP connection, on an embedded engine.

mod commits;
mod due;
mod faults;
mod orgs;
mod outbox;
mod projects;
mod records;
mod world;
