#![doc = include_str!("../README.md")]

mod admit;
mod announcement;
mod claim;
mod conclude;
mod customer;
mod decide;
mod email;
mod ending;
pub mod event;
mod giving;
mod grant;
mod instant;
mod name;
mod observed;
mod outcomes;
mod plan;
mod policy;
mod preflight;
mod progress;
mod project;
mod refusal;
#[cfg(feature = "schema")]
mod schema;
mod settle;
mod view;

pub use admit::{Admission, Admitted, Ask, Outcome, admit};
pub use announcement::{Announcement, AnnouncementKind, AuditEntry};
pub use claim::release;
pub use conclude::{Carried, Concluded, conclude};
pub use customer::Customer;
pub use decide::{Brake, Looked, decide};
pub use email::{Email, InvalidEmail};
pub use grant::{
    EndReason, Grant, Group, Joined, Membership, Proof, REREAD_DAYS, Role, SETTLING, State, Stuck,
};
pub use instant::{InvalidInstant, parse_instant};
pub use name::{GrantId, GroupId, InvalidName, InvitationId, OrgAlias, ProjectId, UserId};
pub use observed::{Completeness, Invitation, InvitationStatus, Member, Observed, User};
pub use outcomes::Outcomes;
pub use plan::{Decision, Plan, Reason, Step, Verdict};
pub use policy::{InvalidPolicy, Policy};
pub use preflight::{Finding, FindingCode, GroupFacts, GroupKind, OrgFacts, preflight};
pub use progress::{Actor, Begun, Failure, begin};
pub use project::{Project, ProjectChange};
pub use refusal::{CustomerRefusal, RefusalCode, refusal_of_failure};
pub use settle::{Settled, settle};
