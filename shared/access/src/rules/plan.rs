//! A decision with a reason for every grant looked at.

use std::collections::BTreeMap;
use std::fmt;

use ring::digest::{Context, SHA256};
use serde::{Serialize, Serializer};

use crate::records::{EndReason, Step};
use crate::words::{GrantId, ProjectId, Role, hex};

/// What happens to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Nothing.
    Keep,
    /// What was requested and interrupted is carried out.
    Invite,
    /// The customer has joined, or is put into the group.
    Join,
    /// The member becomes manager.
    Promote,
    /// The manager becomes member.
    Demote,
    /// What Lanyard itself undid in a race is given back.
    Reactivate,
    /// Access ends.
    End,
    /// What has ended is proven, or proven again.
    Prove,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The grant is live.
    Live,
    /// Its time is up.
    Expired,
    /// Its project closed.
    ProjectClosed,
    /// A person withdrew it by name.
    Withdrawn,
    /// The invitation was not accepted in time.
    NeverJoined,
    /// Somebody removed or deactivated the customer in Salesforce.
    RemovedByHand,
    /// The invitation was accepted after the end.
    JoinedLate,
    /// The invitation was accepted under an address that the policy does not let in.
    JoinedElsewhere,
    /// Another live grant holds the membership or the seat.
    HeldByOtherGrant,
    /// A group or invitation beyond Lanyard's own holds the seat, or access was given back by hand.
    HeldOutsideLanyard,
    /// The address is protected, or the user is no customer (any more).
    Protected,
    /// More endings than one run may make.
    Brake,
    /// Something of ours may still be under way, or not visible yet.
    Unproven,
    /// Not enough could be seen to be sure.
    NotSeen,
    /// Somebody accepted the invitation who cannot be told from others in the group.
    Undecided,
}

impl Reason {
    /// The reason that is spelt so, of those for which a grant can end.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        EndReason::ALL.map(Self::from).into_iter().find(|reason| reason.to_string() == text)
    }

    /// Why a grant ends whose decision has this reason; `None` of a reason for which none ends.
    pub(crate) fn end(self) -> Option<EndReason> {
        EndReason::ALL.into_iter().find(|reason| Self::from(*reason) == self)
    }
}

impl From<EndReason> for Reason {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::Expired => Self::Expired,
            EndReason::ProjectClosed => Self::ProjectClosed,
            EndReason::Withdrawn => Self::Withdrawn,
            EndReason::NeverJoined => Self::NeverJoined,
            EndReason::RemovedByHand => Self::RemovedByHand,
            EndReason::JoinedLate => Self::JoinedLate,
            EndReason::JoinedElsewhere => Self::JoinedElsewhere,
        }
    }
}

/// What happens to one grant, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What.
    #[serde(rename = "decision")]
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// How, in order.
    #[serde(serialize_with = "names")]
    pub steps: Vec<Step>,
    /// Whether this is an ending that no earlier run decided; those count for the brake and the digest.
    #[serde(skip)]
    pub is_new_end: bool,
    /// Whether a live grant of the same person, under another address, holds what is still there.
    #[serde(skip)]
    pub(crate) is_shared: bool,
    /// The role that counts in the group: the highest of the live grants of the person, whatever the address. `None` where none is live.
    #[serde(skip)]
    pub role: Option<Role>,
    /// Whether somebody else than whoever is seen may have accepted the invitation.
    #[serde(skip)]
    pub(crate) is_ambiguous: bool,
}

// Each constructor takes only the reasons that its verdicts can have.
impl Decision {
    fn of(verdict: Verdict, reason: Reason, steps: Vec<Step>) -> Self {
        let (is_new_end, is_shared, is_ambiguous) = (false, false, false);
        Self { verdict, reason, steps, is_new_end, is_shared, role: None, is_ambiguous }
    }

    /// Nothing happens.
    pub(super) fn keep(reason: Reason) -> Self {
        Self::of(Verdict::Keep, reason, Vec::new())
    }

    /// A live grant is given what it promises.
    pub(crate) fn live(verdict: Verdict, steps: Vec<Step>) -> Self {
        Self::of(verdict, Reason::Live, steps)
    }

    /// Access ends.
    pub(super) fn end(reason: EndReason, steps: Vec<Step>) -> Self {
        Self::of(Verdict::End, reason.into(), steps)
    }

    /// Nothing of what has ended is left, or what is left is held by something else, as the reason says.
    pub(super) fn prove(reason: Reason) -> Self {
        Self::of(Verdict::Prove, reason, Vec::new())
    }
}

/// A decision for every grant looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// By grant, so that the order of the inputs leaves no trace.
    pub decisions: BTreeMap<GrantId, Decision>,
    /// What the brake holds: projects, in their order, and then what is left of the org. What a release leaves out is in no set.
    pub braked: Vec<Braked>,
    /// The digest of the endings that begin.
    pub digest: String,
}

/// Endings that the brake holds back as one set, to be released as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Braked {
    /// The project whose endings they are; `None` for those of all projects of the org that are not held by themselves.
    pub project: Option<ProjectId>,
    /// The grants, with why they would end. Never empty.
    pub endings: BTreeMap<GrantId, Reason>,
    /// The digest of the set, which is the same as long as the set is: [`Plan::digest_of`].
    pub digest: String,
}

impl Braked {
    pub(super) fn new(project: Option<ProjectId>, endings: BTreeMap<GrantId, Reason>) -> Self {
        let digest = Plan::digest_of(endings.iter().map(|(grant, reason)| (grant, *reason)));
        Self { project, endings, digest }
    }
}

impl Plan {
    /// How many endings the brake holds in its sets.
    #[must_use]
    pub fn held(&self) -> usize {
        self.braked.iter().map(|it| it.endings.len()).sum()
    }

    /// The digest of a set of endings: SHA-256 over the sorted (grant, reason) pairs, in hexadecimal.
    #[must_use]
    pub fn digest_of<'a>(endings: impl IntoIterator<Item = (&'a GrantId, Reason)>) -> String {
        let sorted: BTreeMap<&GrantId, Reason> = endings.into_iter().collect();
        let mut context = Context::new(&SHA256);
        for (grant, reason) in sorted {
            context.update(grant.as_str().as_bytes());
            context.update(b" ");
            context.update(reason.to_string().as_bytes());
            context.update(b"\n");
        }
        hex(context.finish().as_ref())
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Destructured, so that a new field must be thought of here too.
        let Self { decisions, braked, digest: _ } = self;
        for (grant, decision) in decisions {
            writeln!(formatter, "{grant} {decision}")?;
        }
        for Braked { project, endings, digest } in braked {
            write!(formatter, "held {}", endings.len())?;
            if let Some(project) = project {
                write!(formatter, " of project {project}")?;
            }
            writeln!(formatter, ", digest {digest}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verdict, reason, steps, is_new_end: _, is_shared: _, role: _, is_ambiguous: _ } =
            self;
        write!(formatter, "{verdict} ({reason})")?;
        for (position, step) in steps.iter().enumerate() {
            let separator = if position == 0 { ": " } else { ", " };
            write!(formatter, "{separator}{}", step.name())?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Keep => "keep",
            Self::Invite => "invite",
            Self::Join => "join",
            Self::Promote => "promote",
            Self::Demote => "demote",
            Self::Reactivate => "reactivate",
            Self::End => "end",
            Self::Prove => "prove",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::ProjectClosed => "projectClosed",
            Self::Withdrawn => "withdrawn",
            Self::NeverJoined => "neverJoined",
            Self::RemovedByHand => "removedByHand",
            Self::JoinedLate => "joinedLate",
            Self::JoinedElsewhere => "joinedElsewhere",
            Self::HeldByOtherGrant => "heldByOtherGrant",
            Self::HeldOutsideLanyard => "heldOutsideLanyard",
            Self::Protected => "protected",
            Self::Brake => "brake",
            Self::Unproven => "unproven",
            Self::NotSeen => "notSeen",
            Self::Undecided => "undecided",
        })
    }
}

fn names<S: Serializer>(steps: &[Step], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(steps.iter().map(Step::name))
}
