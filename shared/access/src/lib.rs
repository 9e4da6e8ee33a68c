#![doc = include_str!("../README.md")]

// The rooms, each of which uses only those above it.

// The words that all the rest is said with: names and their spellings, clean texts, addresses, roles, instants and spans of time.
mod words;
#[cfg(feature = "schema")]
pub use words::schema;
pub use words::{
    Email, GrantId, Group, GroupId, InvalidEmail, InvalidInstant, InvalidName, InvitationId,
    Membership, OrgAlias, OrganizationId, ProjectId, Role, SETTLING, Source, Subject, UncleanText,
    UserId, clean_name, clean_text, cleaned_text, folded_name, has_many_spellings, is_one_name,
    parse_instant, spellings, sure_parts,
};

// What a source may do: whom it lets in where, and whose access it ends.
mod authority;
pub use authority::{
    Authority, Domains, End, GroupPattern, NotAllowed, NotAllowedCode, Ownership, Pattern,
    SourceRule, Sources, Sponsors,
};

// The limits that a company sets for its own org.
mod policy;
pub use policy::{Adoption, InvalidPolicy, JoinedElsewhere, Policy, UngovernedPolicy};

// What the ledger keeps: customers with their grants, where each stands, projects, and what senders said of them.
mod records;
pub use records::{
    Asked, Customer, Done, EndReason, Failure, Grant, Joined, Lease, NamedGroup, Project,
    ProjectChange, ProjectState, Proof, Standing, State, Step, Stuck, Withdrawn, WithdrawnOf,
};

// The chained history of a grant, and whether it is what was recorded.
mod evidence;
pub use evidence::{Actor, AuditEntry, Entry, Flaw, digest_of_heads, heads_of_run, verify};

// What Salesforce shows of a customer, how much of it could be seen, and who of those seen is the customer.
mod seen;
pub use seen::{
    Hidden, Invitation, InvitationStatus, Licence, Looked, Member, Observed, Sight, Stale,
    Stranger, Unseen, User,
};

// A whole org: what stands in its way, every customer in it, and access for which no grant answers.
mod orgs;
pub use orgs::{
    Adopted, Census, Condition, Finding, FindingCode, GroupFacts, GroupKind, IDLE_DAYS, News,
    OpenInvitation, Org, OrgFacts, Person, Place, Survey, Ungoverned, UngovernedPlace, Whoever,
    adopt, is_answered, preflight,
};

// What is told: events to the world, and refusals and warnings to who asked.
mod telling;
pub use telling::{
    Announcement, AnnouncementKind, CustomerRefusal, RefusalCode, UnknownField, event, explain,
    refusal_of_failure, refusal_of_record,
};

// What is to happen to every grant and why: the plan, and the brake that holds a part of it back.
mod rules;
pub use rules::{
    Brake, Braked, Decision, LINGERING_WINDOW, Plan, Reason, Verdict, Withdrawal, decide,
    ending_projects, lingering_minutes, withdraw,
};

// From a plan to the next records: the intent before anything is done, and the outcome after it was read back.
mod settle;
pub use settle::{Begun, Outcomes, Settled, begin, settle};

// One address of a request: whether it is let in, and which steps that takes.
mod admission;
pub use admission::{Admission, Admitted, Ask, Outcome, admit};
