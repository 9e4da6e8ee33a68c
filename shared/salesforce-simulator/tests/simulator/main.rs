//! What the simulated org does, asked over HTTP as a client asks.

mod admin;
mod bulk;
mod faults;
mod groups;
mod invitations;
mod query;
mod sign_in;
mod users;
mod world;
