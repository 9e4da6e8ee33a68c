//! What the simulated org does, asked over HTTP as a client asks.

mod acceptance;
mod admin;
mod bulk;
mod counting;
mod faults;
mod groups;
mod invitations;
mod moved;
mod pages;
mod paths;
mod query;
mod refused;
mod sight;
mod sign_in;
mod users;
mod world;
