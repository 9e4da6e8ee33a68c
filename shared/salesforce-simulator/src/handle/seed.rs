//! Filling the org.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::OrgHandle;
use crate::options::Licence;
use crate::org::NewRow;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::Row;

/// A user to be added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    /// E-mail address.
    pub email: String,
    /// Licence, and with it the profile.
    #[serde(default = "chatter_external")]
    pub licence: Licence,
    /// Username; made from the address when absent.
    #[serde(default)]
    pub username: Option<String>,
    /// Whether he is deactivated. An active user takes a licence, whether or not one is free.
    #[serde(default)]
    pub inactive: bool,
    /// Whether he has no `UserLogin` row.
    #[serde(default)]
    pub without_login_row: bool,
}

fn chatter_external() -> Licence {
    Licence::ChatterExternal
}

impl NewUser {
    /// A customer.
    #[must_use]
    pub fn customer(email: &str) -> Self {
        Self::with_licence(email, Licence::ChatterExternal)
    }

    /// One of the company's own people.
    #[must_use]
    pub fn internal(email: &str) -> Self {
        Self::with_licence(email, Licence::Salesforce)
    }

    /// A user with this licence.
    #[must_use]
    pub fn with_licence(email: &str, licence: Licence) -> Self {
        Self {
            email: email.to_owned(),
            licence,
            username: None,
            inactive: false,
            without_login_row: false,
        }
    }

    /// Deactivated.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.inactive = true;
        self
    }

    /// Without a `UserLogin` row, so that he cannot be frozen.
    #[must_use]
    pub fn without_login_row(mut self) -> Self {
        self.without_login_row = true;
        self
    }

    /// With this username.
    #[must_use]
    pub fn username(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self
    }
}

/// A group to be added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGroup {
    /// Name.
    pub name: String,
    /// `Public`, `Private` or `Unlisted`.
    #[serde(default = "private")]
    pub collaboration_type: String,
    /// *Allow Customers*.
    #[serde(default)]
    pub can_have_guests: bool,
    /// Owner by id, address or username; the integration user when absent.
    #[serde(default)]
    pub owner: Option<String>,
    /// Description.
    #[serde(default)]
    pub description: Option<String>,
}

fn private() -> String {
    "Private".to_owned()
}

impl NewGroup {
    /// A private group that allows customers.
    #[must_use]
    pub fn for_customers(name: &str) -> Self {
        Self { can_have_guests: true, ..Self::of_type(name, "Private") }
    }

    /// A private group without customers.
    #[must_use]
    pub fn private(name: &str) -> Self {
        Self::of_type(name, "Private")
    }

    /// A public group.
    #[must_use]
    pub fn public(name: &str) -> Self {
        Self::of_type(name, "Public")
    }

    /// An unlisted group.
    #[must_use]
    pub fn unlisted(name: &str) -> Self {
        Self::of_type(name, "Unlisted")
    }

    fn of_type(name: &str, collaboration_type: &str) -> Self {
        Self {
            name: name.to_owned(),
            collaboration_type: collaboration_type.to_owned(),
            can_have_guests: false,
            owner: None,
            description: None,
        }
    }

    /// With this owner, by id, address or username.
    #[must_use]
    pub fn owner(mut self, owner: &str) -> Self {
        self.owner = Some(owner.to_owned());
        self
    }
}

impl OrgHandle {
    /// Adds a user and gives his id.
    ///
    /// # Errors
    ///
    /// `DUPLICATE_USERNAME` when the username is taken.
    pub fn add_user(&self, new: NewUser) -> Result<String, Refusal> {
        self.by_hand(|org, caller| {
            let NewUser { email, licence, username, inactive, without_login_row } = new;
            let local = email.split('@').next().unwrap_or_default().to_owned();
            let username = username.unwrap_or_else(|| email.clone());
            if org.named(Object::User, "Username", &username).is_some() {
                return Err(Refusal::new("DUPLICATE_USERNAME", "Duplicate Username."));
            }
            let row = NewRow {
                username,
                email,
                first_name: String::new(),
                last_name: local,
                is_active: !inactive,
            };
            let id = org.insert_user(row, licence.profile(), !without_login_row, caller.now);
            Ok(id.to_string())
        })
    }

    /// Adds a group and gives its id.
    ///
    /// # Errors
    ///
    /// As over the API.
    pub fn add_group(&self, new: &NewGroup) -> Result<String, Refusal> {
        self.by_hand(|org, caller| {
            let mut body = json!({
                "Name": new.name,
                "CollaborationType": new.collaboration_type,
                "CanHaveGuests": new.can_have_guests,
            });
            if let Some(owner) = &new.owner {
                body["OwnerId"] = json!(super::user(org, owner)?.as_str());
            }
            if let Some(description) = &new.description {
                body["Description"] = json!(description);
            }
            let id = org.create(caller, Object::CollaborationGroup, &fields(&body))?;
            Ok(id.to_string())
        })
    }

    /// Adds a user to a group by hand and gives the id of the membership.
    ///
    /// # Errors
    ///
    /// As over the API, and `NOT_FOUND` for a group or user that is not there.
    pub fn add_member(&self, group: &str, user: &str, role: &str) -> Result<String, Refusal> {
        self.by_hand(|org, caller| {
            let group = super::group(org, group)?;
            let user = super::user(org, user)?;
            let body = json!({
                "CollaborationGroupId": group.as_str(),
                "MemberId": user.as_str(),
                "CollaborationRole": role,
            });
            let id = org.create(caller, Object::CollaborationGroupMember, &fields(&body))?;
            Ok(id.to_string())
        })
    }

    /// Invites an address by hand and gives the id of the invitation. A mail goes out.
    ///
    /// # Errors
    ///
    /// As over the API, and `NOT_FOUND` for a group that is not there.
    pub fn add_invitation(&self, group: &str, email: &str) -> Result<String, Refusal> {
        self.by_hand(|org, caller| {
            let group = super::group(org, group)?;
            let body = json!({ "SharedEntityId": group.as_str(), "InvitedUserEmail": email });
            let id = org.create(caller, Object::CollaborationInvitation, &fields(&body))?;
            Ok(id.to_string())
        })
    }

    /// Sets the number of `Chatter External` licences, possibly below the number in use.
    pub fn set_seats(&self, total: i64) {
        let set = self.by_hand(|org, caller| {
            let name = Licence::ChatterExternal.name();
            let licence = org.named(Object::UserLicense, "Name", name);
            let licence = licence.ok_or_else(Refusal::not_found)?;
            let change = Row::default().with("TotalLicenses", total);
            org.change(caller, Object::UserLicense, licence, change);
            Ok(())
        });
        debug_assert!(set.is_ok(), "every org has the licence");
    }
}

fn fields(body: &Json) -> Map<String, Json> {
    body.as_object().cloned().unwrap_or_default()
}
