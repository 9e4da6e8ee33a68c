//! One address of a request on its way through.

use access::{Admitted, CustomerRefusal, Email, GrantId, Outcome, Role, Step};
use chatter::Task;
use jiff::Timestamp;
use run::Held;

use crate::answer::AnsweredCustomer;

/// One address on its way through.
pub(crate) struct Case {
    pub(crate) email: Email,
    /// The role, if the request names one.
    pub(crate) role: Option<Role>,
    pub(crate) fate: Fate,
}

/// What becomes of it.
pub(crate) enum Fate {
    Refused {
        error: CustomerRefusal,
        /// Whether the grant that was refused announces it.
        is_announced: bool,
    },
    /// It comes too late to change anything.
    Superseded {
        grant: GrantId,
        /// That of the grant.
        role: Role,
        expires_at: Timestamp,
    },
    /// It comes too late to change anything, because access was withdrawn since.
    Withdrawn,
    /// Somebody else is at it, or the outcome is not known: ask again later.
    Later {
        seconds: u64,
    },
    /// The ledger did not take the intent, so nothing is done: ask again.
    Unrecorded,
    Admitted {
        admitted: Box<Admitted>,
        held: Box<Held>,
    },
}

impl Case {
    /// What is to be done in Salesforce.
    pub(crate) fn tasks(&self) -> Vec<Task> {
        let Fate::Admitted { admitted, held } = &self.fate else { return Vec::new() };
        let Some(grant) = held.customer.grants.get(&admitted.grant) else { return Vec::new() };
        let task = |step: &Step| Task {
            grant: grant.id.clone(),
            step: step.clone(),
            group: grant.group.id.clone(),
            email: self.email.clone(),
            role: admitted.role_in_group,
            message: grant.message.clone(),
        };
        admitted.steps().iter().map(task).collect()
    }

    /// What the one who asked is told; nothing while it is open.
    pub(crate) fn answer(self) -> Option<AnsweredCustomer> {
        let Self { email, role, fate } = self;
        match fate {
            Fate::Refused { error, .. } => Some(AnsweredCustomer::Refused { email, error }),
            Fate::Superseded { grant, role: recorded, expires_at } => {
                let (outcome, role) = (Outcome::Superseded, role.unwrap_or(recorded));
                Some(AnsweredCustomer::Granted { email, outcome, role, grant, expires_at })
            }
            Fate::Withdrawn => Some(AnsweredCustomer::Withdrawn { email, role }),
            Fate::Later { .. } | Fate::Unrecorded => None,
            Fate::Admitted { admitted, held } => {
                let grant = held.customer.grants.get(&admitted.grant)?;
                let (role, expires_at) = (grant.role, grant.expires_at);
                let (outcome, grant) = (admitted.outcome, admitted.grant);
                Some(AnsweredCustomer::Granted { email, outcome, role, grant, expires_at })
            }
        }
    }
}
