//! What Salesforce shows of a customer, how much of it could be seen, and who of those seen is the customer.

mod acceptance;
mod observed;
mod overlay;
mod sight;
mod view;

pub use observed::{
    Hidden, Invitation, InvitationStatus, Licence, Looked, Member, Observed, Stale, Stranger, User,
};
pub use sight::{Sight, Unseen};

pub(crate) use acceptance::is_by_hand;
pub(crate) use view::{Shown, View};
