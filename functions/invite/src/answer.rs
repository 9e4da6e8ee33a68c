//! What the one who asked is told.

use access::{
    CustomerRefusal, Email, Finding, GrantId, Group, OrgAlias, Outcome, ProjectId, Role,
    UnknownField,
};
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// The answer to a request that was carried out, at least in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The org.
    pub org: OrgAlias,
    /// The project.
    pub project: ProjectId,
    /// The group.
    pub group: AnsweredGroup,
    /// The customers, in the order of the request.
    pub customers: Vec<AnsweredCustomer>,
    /// What may disappoint.
    pub warnings: Vec<Warning>,
}

/// Something that may disappoint although the request is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Warning {
    /// Something in the org or the group.
    Finding(Finding),
    /// A field of the request that is not known.
    UnknownField(UnknownField),
}

/// The group of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnsweredGroup {
    /// Its id and name.
    #[serde(flatten)]
    pub group: Group,
    /// Whether this request created it.
    pub created: bool,
}

/// What became of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnsweredCustomer {
    /// Has the grant.
    Granted {
        /// The normalised address.
        email: Email,
        /// What was done.
        outcome: Outcome,
        /// The role asked for, or where none was that of the grant.
        role: Role,
        /// The grant.
        grant: GrantId,
        /// When access is over.
        expires_at: Timestamp,
    },
    /// Gets nothing, because access was withdrawn since it was asked for.
    Withdrawn {
        /// The normalised address.
        email: Email,
        /// The role, if one was asked for.
        role: Option<Role>,
    },
    /// Was refused.
    Refused {
        /// The normalised address.
        email: Email,
        /// Why.
        error: CustomerRefusal,
    },
}

impl Answer {
    /// 200 if no customer was refused, else 207.
    #[must_use]
    pub fn status(&self) -> u16 {
        let is_refused = |it: &AnsweredCustomer| matches!(it, AnsweredCustomer::Refused { .. });
        if self.customers.iter().any(is_refused) { 207 } else { 200 }
    }
}

impl Serialize for AnsweredCustomer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Withdrawn { email, role } => {
                map.serialize_entry("email", email)?;
                map.serialize_entry("outcome", &Outcome::Superseded)?;
                if let Some(role) = role {
                    map.serialize_entry("role", role)?;
                }
            }
            Self::Granted { email, outcome, role, grant, expires_at } => {
                map.serialize_entry("email", email)?;
                map.serialize_entry("outcome", outcome)?;
                map.serialize_entry("role", role)?;
                map.serialize_entry("grantId", grant)?;
                map.serialize_entry("expiresAt", expires_at)?;
            }
            Self::Refused { email, error } => {
                map.serialize_entry("email", email)?;
                map.serialize_entry("outcome", "refused")?;
                map.serialize_entry("error", error)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use access::{
        CustomerRefusal, Email, Finding, FindingCode, GrantId, Group, GroupId, OrgAlias, Outcome,
        ProjectId, RefusalCode, Role,
    };
    use serde_json::json;

    use super::{Answer, AnsweredCustomer, AnsweredGroup, Warning};

    #[test]
    fn an_answer_is_spelt_as_in_the_contract() {
        let email = |text| Email::parse(text).unwrap();
        let granted = AnsweredCustomer::Granted {
            email: email("ana@acme.example"),
            outcome: Outcome::Invited,
            role: Role::Manager,
            grant: GrantId::from_random(1),
            expires_at: "2027-01-31T01:00:00+01:00".parse().unwrap(),
        };
        let refused = AnsweredCustomer::Refused {
            email: email("bo@acme.example"),
            error: CustomerRefusal {
                code: RefusalCode::SeatsExhausted,
                message: "m".to_owned(),
                fix: "f".to_owned(),
            },
        };
        let mut answer = Answer {
            org: OrgAlias::default(),
            project: ProjectId::parse("P-42").unwrap(),
            group: AnsweredGroup {
                group: Group {
                    id: GroupId::parse("0F9000000000001AAA").unwrap(),
                    name: "Acme".to_owned(),
                },
                created: true,
            },
            customers: vec![granted],
            warnings: vec![Warning::Finding(Finding {
                code: FindingCode::MyDomainLoginOnly,
                message: "m".to_owned(),
                fix: "f".to_owned(),
            })],
        };
        for (address, role) in [("cy@acme.example", Some(Role::Member)), ("di@acme.example", None)]
        {
            let withdrawn = AnsweredCustomer::Withdrawn { email: email(address), role };
            answer.customers.push(withdrawn);
        }
        assert_eq!(answer.status(), 200);
        answer.customers.push(refused);
        assert_eq!(answer.status(), 207);
        let expected = json!({
            "org": "main", "project": "P-42",
            "group": { "id": "0F9000000000001AAA", "name": "Acme", "created": true },
            "customers": [
                {
                    "email": "ana@acme.example", "outcome": "invited", "role": "manager",
                    "grantId": GrantId::from_random(1), "expiresAt": "2027-01-31T00:00:00Z",
                },
                { "email": "cy@acme.example", "outcome": "superseded", "role": "member" },
                { "email": "di@acme.example", "outcome": "superseded" },
                {
                    "email": "bo@acme.example", "outcome": "refused",
                    "error": { "code": "SEATS_EXHAUSTED", "message": "m", "fix": "f" },
                },
            ],
            "warnings": [{ "code": "MY_DOMAIN_LOGIN_ONLY", "message": "m", "fix": "f" }],
        });
        assert_eq!(json!(answer), expected);
    }
}
