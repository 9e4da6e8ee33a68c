//! `/tooling/query`: the settings of the org.

use serde_json::{Value as Json, json};

use super::visit::Visit;
use crate::options::{Settings, Tooling};
use crate::org::Org;
use crate::refusal::Refusal;
use crate::soql;
use crate::web::{self, Answer};

/// Answers `SELECT Metadata FROM …Settings`, the only queries that the sources show.
pub(super) fn query(org: &Org, visit: &Visit<'_>) -> Result<Answer, Refusal> {
    if visit.method != "GET" {
        return Err(web::method_not_allowed(visit.method, "GET,HEAD"));
    }
    let text = web::parameter(visit.query, "q")
        .ok_or_else(|| Refusal::new("MALFORMED_QUERY", "A query string has to be specified"))?;
    let query = soql::parse(&text)?;
    let settings = &org.settings;
    let (name, metadata) = match query.from.to_ascii_lowercase().as_str() {
        "chattersettings" => ("ChatterSettings", chatter(settings)),
        "mydomainsettings" => ("MyDomainSettings", my_domain(settings)),
        "securitysettings" => ("SecuritySettings", security(settings)),
        _ => return Err(soql::unknown_object(&query.from)),
    };
    if let Some(other) = query.select.iter().find(|it| !it.eq_ignore_ascii_case("Metadata")) {
        let message = format!("No such column '{other}' on entity '{name}'.");
        return Err(Refusal::new("INVALID_FIELD", message));
    }
    if query.counts_only() || query.condition.is_some() || !query.order.is_empty() {
        let message = "The simulator shows settings as a whole, without conditions.";
        return Err(Refusal::new("MALFORMED_QUERY", message));
    }
    let metadata = match settings.tooling {
        Tooling::Readable | Tooling::KeyMissing => metadata,
        Tooling::MetadataNull => Json::Null,
        Tooling::Forbidden => {
            let message = "insufficient access rights: View Setup and Configuration";
            return Err(Refusal::new("INSUFFICIENT_ACCESS", message));
        }
    };
    let url = format!("/services/data/v{}/tooling/sobjects/{name}/{name}", visit.version);
    let record = json!({ "attributes": { "type": name, "url": url }, "Metadata": metadata });
    let body = json!({
        "size": 1,
        "totalSize": 1,
        "done": true,
        "queryLocator": null,
        "entityTypeName": name,
        "records": [record],
    });
    Ok(Answer::json(200, body))
}

fn chatter(settings: &Settings) -> Json {
    let mut metadata = json!({
        "allowChatterGroupArchiving": true,
        "allowRecordsInChatterGroup": true,
        "enableApprovalRequest": false,
        "enableChatter": true,
        "enableChatterEmoticons": true,
        "enableFeedEdit": true,
        "enableFeedPinning": true,
        "enableFeedsDraftPosts": true,
        "enableFeedsRichText": true,
        "enableInviteCsnUsers": settings.customer_invitations,
        "enableOutOfOfficeEnabledPref": true,
        "enableRichLinkPreviewsInFeed": true,
        "enableTodayRecsInFeed": true,
        "unlistedGroupsEnabled": true,
    });
    if let (Tooling::KeyMissing, Some(keys)) = (settings.tooling, metadata.as_object_mut()) {
        keys.remove("enableInviteCsnUsers");
    }
    metadata
}

fn my_domain(settings: &Settings) -> Json {
    json!({
        "canOnlyLoginWithMyDomainUrl": settings.my_domain_login_only,
        "doesApiLoginRequireOrgDomain": settings.my_domain_login_only,
    })
}

fn security(settings: &Settings) -> Json {
    let ranges = if settings.ip_ranges {
        json!([{ "description": "Office", "start": "192.0.2.1", "end": "192.0.2.254" }])
    } else {
        json!([])
    };
    json!({
        "networkAccess": { "ipRanges": ranges },
        "sessionSettings": { "enforceIpRangesEveryRequest": settings.ip_ranges },
        "singleSignOnSettings": {
            "enableSamlLogin": settings.single_sign_on,
            "enableMultipleSamlConfigs": false,
        },
    })
}
