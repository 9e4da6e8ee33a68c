#![doc = include_str!("../README.md")]

mod acceptance;
mod admit;
mod adopt;
mod amend;
mod announcement;
mod brake;
mod census;
mod claim;
mod conclude;
mod customer;
mod decide;
mod email;
mod ending;
pub mod event;
mod evidence;
mod giving;
mod grant;
mod instant;
mod lease;
mod lingering;
mod name;
mod observed;
mod order;
mod org;
mod outcomes;
mod plan;
mod policy;
mod preflight;
mod progress;
mod project;
mod refusal;
#[cfg(feature = "schema")]
pub mod schema;
mod settle;
mod sight;
mod state;
mod ungoverned;
mod untold;
mod view;
mod withdraw;

pub use admit::{Admission, Admitted, Ask, Outcome, admit};
pub use adopt::{Adopted, adopt, is_answered};
pub use announcement::{Announcement, AnnouncementKind};
pub use brake::Braked;
pub use census::{
    Census, IDLE_DAYS, News, OpenInvitation, Person, Place, Survey, Ungoverned, UngovernedPlace,
    Whoever,
};
pub use claim::release;
pub use conclude::{Carried, Concluded, conclude};
pub use customer::Customer;
pub use decide::{Brake, Looked, decide};
pub use email::{Email, InvalidEmail};
pub use evidence::{AuditEntry, Entry, Flaw, digest_of_heads, heads_of_run, verify};
pub use grant::{Grant, Group, Joined, Membership, Role, SETTLING};
pub use instant::{InvalidInstant, parse_instant};
pub use lease::{Lease, Standing};
pub use lingering::{LINGERING_WINDOW, ending_projects, lingering_minutes};
pub use name::{
    GrantId, GroupId, InvalidName, InvitationId, OrgAlias, OrganizationId, ProjectId, Subject,
    UserId,
};
pub use observed::{
    Hidden, Invitation, InvitationStatus, Licence, Member, Observed, Stranger, User,
};
pub use order::Asked;
pub use org::{Condition, Org};
pub use outcomes::Outcomes;
pub use plan::{Decision, Plan, Reason, Step, Verdict};
pub use policy::{InvalidPolicy, Policy};
pub use preflight::{Finding, FindingCode, GroupFacts, GroupKind, OrgFacts, preflight};
pub use progress::{Actor, Begun, Failure, begin};
pub use project::{Project, ProjectChange};
pub use refusal::{CustomerRefusal, RefusalCode, refusal_of_failure, refusal_of_record};
pub use settle::{Settled, settle};
pub use sight::{Sight, Unseen};
pub use state::{EndReason, Proof, State, Stuck};
pub use ungoverned::{Adoption, UngovernedPolicy};
pub use withdraw::{NamedGroup, Withdrawal, Withdrawn, withdraw};
