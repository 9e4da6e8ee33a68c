//! What a request asks for one customer.

use jiff::Timestamp;

use crate::records::{Asked, Grant};
use crate::words::{Email, GrantId, Group, ProjectId, Role, Source};

/// What a request asks for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The project.
    pub project: ProjectId,
    /// Its name, for people.
    pub project_name: Option<String>,
    /// The group, found or created.
    pub group: Group,
    /// The role, if the request names one.
    pub role: Option<Role>,
    /// The sponsor.
    pub sponsor: Email,
    /// Why.
    pub reason: Option<String>,
    /// The message of the invitation.
    pub message: Option<String>,
    /// The expiry, if the request names one.
    pub expires_at: Option<Timestamp>,
    /// The instant and the id of the request.
    pub asked: Asked,
    /// Who asks, as the platform says.
    pub source: Source,
    /// The id that a new grant gets.
    pub new_grant: GrantId,
}

impl Ask {
    /// The role that is asked for: without one in the request that of the grant that exists, and for somebody new that of a member.
    pub(super) fn role_beside(&self, existing: Option<&Grant>) -> Role {
        let kept = || existing.map_or(Role::Member, |existing| existing.role);
        self.role.unwrap_or_else(kept)
    }
}
