//! What a request asks for one customer.

use jiff::Timestamp;

use crate::records::Asked;
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
    /// The role.
    pub role: Role,
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
