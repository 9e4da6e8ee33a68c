//! The ledger through its public doors, over the AWS SDK and a real HTTP connection, on an embedded engine or on the
//! one that `LEDGER_ENDPOINT` names.

mod commits;
mod due;
mod erasure;
mod evidence;
mod faults;
mod introductions;
mod orgs;
mod outbox;
mod projects;
mod quota;
mod records;
mod tampering;
mod users;
mod world;
