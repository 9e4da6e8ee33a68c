//! The org's settings that decide on customers, from the Tooling API.

use futures_util::future::join_all;
use serde_json::Value;

use crate::composite::Part;
use crate::request::Request;
use crate::{Client, ClientError, Disposition, soql};

/// What the org allows and demands. `None` where it could not be read, which is neither yes nor no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// *Allow customer invitations*: `ChatterSettings.enableInviteCsnUsers`.
    pub customer_invitations: Option<bool>,
    /// Nobody logs in at `login.salesforce.com`: `MyDomainSettings.canOnlyLoginWithMyDomainUrl`.
    pub my_domain_login_only: Option<bool>,
    /// SAML is on: `SecuritySettings.singleSignOnSettings.enableSamlLogin`, or several configurations are.
    pub single_sign_on: Option<bool>,
    /// IP ranges hold for every request: `SecuritySettings.sessionSettings.enforceIpRangesEveryRequest`.
    pub ip_ranges: Option<bool>,
    /// Whether something could not be read for a cause that passes by itself: then what is unknown may be known a moment later.
    pub is_unread: bool,
}

const OBJECTS: [&str; 3] = ["ChatterSettings", "MyDomainSettings", "SecuritySettings"];

impl Client {
    /// Reads the settings, each independent of the others. A failure makes them unknown.
    ///
    /// # Errors
    /// [`ClientError`] where the org refuses whatever it is asked.
    pub async fn settings(&self) -> Result<Settings, ClientError> {
        let parts = OBJECTS
            .map(|object| Part { method: "GET", path: self.settings_path(object), body: None })
            .into();
        let answers: Vec<Result<Value, ClientError>> =
            match self.composite("tooling/composite", parts).await {
                Ok(answers) => answers,
                Err(error) if error.is_of_the_org() => return Err(error),
                // The resource may not be there, or not for this user.
                Err(error) if !may_pass(&error) => {
                    join_all(OBJECTS.map(|object| self.setting(object))).await
                }
                Err(_) => return Ok(Settings { is_unread: true, ..Settings::default() }),
            };
        let is_unread = answers.iter().any(|it| it.as_ref().is_err_and(may_pass));
        let mut metadata = answers.into_iter().map(|answer| metadata(answer.ok()?));
        let mut next = || metadata.next().flatten().unwrap_or_default();
        Ok(Settings { is_unread, ..read(&next(), &next(), &next()) })
    }

    async fn setting(&self, object: &str) -> Result<Value, ClientError> {
        self.fetch(&Request::get(self.settings_path(object))).await
    }

    fn settings_path(&self, object: &str) -> String {
        let soql = format!("SELECT Metadata FROM {object}");
        self.path(&format!("tooling/query?q={}", soql::encode(&soql)))
    }
}

fn may_pass(error: &ClientError) -> bool {
    match error.disposition() {
        Disposition::Retry | Disposition::Later | Disposition::Reauthenticate => true,
        Disposition::Never | Disposition::Human => false,
    }
}

fn metadata(mut page: Value) -> Option<Value> {
    page.pointer_mut("/records/0/Metadata").map(Value::take)
}

/// A switch that is absent or null is unknown, not off.
fn read(chatter: &Value, my_domain: &Value, security: &Value) -> Settings {
    let switch = |settings: &Value, path| settings.pointer(path).and_then(Value::as_bool);
    let saml = switch(security, "/singleSignOnSettings/enableSamlLogin");
    let several = switch(security, "/singleSignOnSettings/enableMultipleSamlConfigs");
    Settings {
        customer_invitations: switch(chatter, "/enableInviteCsnUsers"),
        my_domain_login_only: switch(my_domain, "/canOnlyLoginWithMyDomainUrl"),
        single_sign_on: match (saml, several) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), _) => Some(false),
            (None, _) => None,
        },
        ip_ranges: switch(security, "/sessionSettings/enforceIpRangesEveryRequest"),
        is_unread: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn switches_are_on_off_or_unknown() {
        let on = read(
            &json!({ "enableChatter": true, "enableInviteCsnUsers": true }),
            &json!({ "canOnlyLoginWithMyDomainUrl": false }),
            &json!({
                "singleSignOnSettings": { "enableSamlLogin": false, "enableMultipleSamlConfigs": true },
                "sessionSettings": { "enforceIpRangesEveryRequest": true },
            }),
        );
        let expected = Settings {
            customer_invitations: Some(true),
            my_domain_login_only: Some(false),
            single_sign_on: Some(true),
            ip_ranges: Some(true),
            is_unread: false,
        };
        assert_eq!(on, expected);
        let unknown = json!({ "enableInviteCsnUsers": null, "sessionSettings": [] });
        assert_eq!(read(&unknown, &Value::Null, &unknown), Settings::default());
    }

    #[test]
    fn a_page_without_metadata_says_nothing() {
        let page = json!({ "size": 1, "records": [{ "Metadata": { "enableChatter": true } }] });
        assert_eq!(metadata(page), Some(json!({ "enableChatter": true })));
        for page in [json!([]), json!({ "records": [] }), json!({ "records": [{}] })] {
            assert_eq!(metadata(page), None);
        }
    }
}
