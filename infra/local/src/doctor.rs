//! Whether an org is fit for customers, and what to do where it is not.

use access::{Finding, OrgAlias, OrgFacts, preflight};
use lanyard_local::World;
use salesforce::{Client, user_license};
use serde_json::{Value, json};

use crate::stop::Stop;

/// What the doctor saw.
#[derive(Debug)]
pub(crate) struct Examination {
    /// What was looked at, and how it is.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What is to be mended, the worst first.
    pub(crate) ailments: Vec<Ailment>,
}

/// Something to be mended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ailment {
    /// Its code, where it is one of the contract's.
    pub(crate) code: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) fix: String,
}

/// Signs in as a function would, and looks at all that invitations need.
pub(crate) async fn examine(world: &World) -> Result<Examination, Stop> {
    let client = world.connect(&OrgAlias::default()).await?;
    let user = client.identity().await?.user;
    let settings = client.settings().await;
    let may_invite = client.may_invite_customers().await;
    let seats = seats(&client).await?;
    let org = OrgFacts {
        customer_invitations: settings.customer_invitations,
        my_domain_login_only: settings.my_domain_login_only,
        single_sign_on: settings.single_sign_on,
        ip_ranges: settings.ip_ranges,
        free_seats: seats.map(|(free, _)| free),
        // The next invitation needs one.
        open_invitations: 1,
        allowance: client.usage().api_usage,
    };
    let mut ailments = match preflight(&org, None, false) {
        Ok(findings) => findings.into_iter().map(Ailment::from).collect(),
        Err(finding) => vec![Ailment::from(finding)],
    };
    if may_invite == Some(false) {
        ailments.insert(0, not_permitted());
    }
    Ok(Examination { facts: facts(user.as_str(), &org, seats, may_invite), ailments })
}

impl Examination {
    /// The examination as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let Self { facts, ailments } = self;
        let facts: Vec<Value> =
            facts.iter().map(|(what, how)| json!({ "what": what, "is": how })).collect();
        let finding = |Ailment { code, message, fix }: &Ailment| json!({ "code": code, "message": message, "fix": fix });
        json!({ "looked": facts, "findings": ailments.iter().map(finding).collect::<Vec<_>>() })
    }
}

impl From<Finding> for Ailment {
    fn from(Finding { code, message, fix }: Finding) -> Self {
        let code = serde_json::to_value(code).ok();
        let code = code.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { code, message, fix }
    }
}

fn not_permitted() -> Ailment {
    Ailment {
        code: "INVITING_NOT_PERMITTED".to_owned(),
        message: "the integration user may not invite customers".to_owned(),
        fix: "give the user a permission set with Invite Customers To Chatter".to_owned(),
    }
}

/// Free seats and all seats, or nothing where the licence cannot be read.
async fn seats(client: &Client) -> Result<Option<(u64, u64)>, Stop> {
    let licences = client.query(user_license::chatter_external()).await?;
    Ok(licences.first().map(|licence| (licence.free(), licence.total_licenses)))
}

fn facts(
    user: &str,
    org: &OrgFacts,
    seats: Option<(u64, u64)>,
    may_invite: Option<bool>,
) -> Vec<(&'static str, String)> {
    let is = |switch: Option<bool>| {
        let text = match switch {
            Some(true) => "on",
            Some(false) => "off",
            None => "cannot be read",
        };
        text.to_owned()
    };
    let of = |pair: Option<(u64, u64)>, what: &str| match pair {
        Some((some, all)) => format!("{some} of {all} {what}"),
        None => "cannot be read".to_owned(),
    };
    vec![
        ("sign-in", format!("works, as user {user}")),
        ("Allow Customer Invitations", is(org.customer_invitations)),
        ("permission Invite Customers To Chatter", is(may_invite)),
        ("sign-in through My Domain only", is(org.my_domain_login_only)),
        ("single sign-on", is(org.single_sign_on)),
        ("IP ranges on every request", is(org.ip_ranges)),
        ("Chatter External seats", of(seats, "free")),
        ("API requests in 24 hours", of(org.allowance, "used")),
    ]
}
