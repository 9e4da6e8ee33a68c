#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod code;
mod collection;
mod composite;
mod credentials;
mod deletion;
mod error;
mod id;
mod instant;
mod key;
mod query;
mod reading;
mod saved;
mod secret;
mod sign_in;
mod signer;
mod signing;
mod soql;
mod token;
mod transport;
mod written;

pub mod collaboration_group;
pub mod collaboration_group_member;
pub mod collaboration_invitation;
pub mod limits;
pub mod permission_set_assignment;
pub mod settings;
pub mod user;
pub mod user_license;
pub mod user_login;

pub use client::{Client, Options, Usage};
pub use code::ErrorCode;
pub use credentials::Credentials;
pub use error::{ClientError, Deleted, Disposition, Error, RecordError, WriteError};
pub use id::{Id, InvalidId};
pub use reading::{Answers, Reading, Ticket};
pub use secret::CredentialsError;
pub use sign_in::{Identity, SignInError};
pub use signer::{Signer, Signing, SigningError};
pub use soql::{Count, Query};
pub use written::Written;
