#![doc = include_str!("../README.md")]

mod calls;
mod door;
mod doorkeeper;
mod faults;
mod handle;
mod id;
mod listener;
mod options;
mod org;
mod redirect;
mod refusal;
mod schema;
mod shared;
mod simulator;
mod soql;
mod store;
mod view;
mod web;

pub use calls::{Call, Subrequest};
pub use doorkeeper::{TurnedAway, let_in};
pub use faults::{Chance, Fault, FaultKind, FaultStatus, Matching};
pub use handle::{GroupView, InvitationView, MemberView, NewGroup, NewUser, OrgHandle, UserView};
pub use options::{Clock, Licence, Normalisation, Options, Rules, Settings, Tooling};
pub use org::{KeyError, Mail, MailKind, SignInRefusal, StartError};
pub use redirect::{Entrance, Redirect};
pub use refusal::Refusal;
pub use simulator::Simulator;
pub use soql::QueryView;

/// The private key whose assertions an org accepts at the start. It is public: never use it
/// anywhere else.
pub const DEMO_KEY: &str = include_str!("demo-key.pem");

/// A second key, to be accepted by [`OrgHandle::accept_key`] where a test rotates the secret.
pub const ROTATED_DEMO_KEY: &str = include_str!("rotated-demo-key.pem");
