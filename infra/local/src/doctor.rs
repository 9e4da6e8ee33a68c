//! Whether an org is fit for customers, and what to do where it is not: what the nightly report would say of it.

use access::{Census, Condition, Finding, OrgAlias, OrgFacts, Policy};
use lanyard_local::World;
use serde_json::{Value, json};

use crate::stop::Stop;

/// What the doctor saw.
#[derive(Debug)]
pub(crate) struct Examination {
    /// What was looked at, and how it is.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What is to be mended, the worst first.
    pub(crate) findings: Vec<Finding>,
}

/// Signs in and counts the customers as a sweep does, and judges the org by the same rules. Nothing is written.
pub(crate) async fn examine(world: &World) -> Result<Examination, Stop> {
    let alias = OrgAlias::default();
    let client = world.connect(&alias).await?;
    let known = world.ledger.reader.org(&alias).await?;
    let org = run::recognize(&world.ledger, known, &alias, &client, true).await?;
    let user = client.identity().await?.user;
    let chatter = chatter::Reader::new(client);
    let census = chatter.census().await?;
    let settings = chatter.org().await?;
    let facts = OrgFacts {
        free_seats: census.seats.map(|(used, total)| total.saturating_sub(used)),
        open_invitations: census.invitations.len() as u64,
        ..settings
    };
    let findings = org.examine(&Condition {
        facts,
        sight: census.sight.clone(),
        may_invite: census.may_invite,
        ownerless: census.ownerless(),
    });
    let mut facts = told(user.as_str(), &facts, &census);
    facts.push(("what sources may do", limits(&world.policy)));
    Ok(Examination { facts, findings })
}

impl Examination {
    /// The examination as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let Self { facts, findings } = self;
        let facts: Vec<Value> =
            facts.iter().map(|(what, how)| json!({ "what": what, "is": how })).collect();
        json!({ "looked": facts, "findings": findings })
    }
}

fn told(user: &str, org: &OrgFacts, census: &Census) -> Vec<(&'static str, String)> {
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
    let seats = census.seats.map(|(used, total)| (total.saturating_sub(used), total));
    vec![
        ("sign-in", format!("works, as user {user}")),
        ("Allow Customer Invitations", is(org.customer_invitations)),
        ("permission Invite Customers To Chatter", is(census.may_invite)),
        ("sign-in through My Domain only", is(org.my_domain_login_only)),
        ("single sign-on", is(org.single_sign_on)),
        ("IP ranges on every request", is(org.ip_ranges)),
        ("Chatter External seats", of(seats, "free")),
        ("customers to be seen", seen(census)),
        ("API requests in 24 hours", of(org.allowance, "used")),
    ]
}

/// Whether the policy limits what sources may do.
fn limits(policy: &Policy) -> String {
    match &policy.sources {
        None => "all but open groups to customers and send links: the policy names no sources"
            .to_owned(),
        Some(sources) if sources.count() == 1 => "what one rule of the policy allows".to_owned(),
        Some(sources) => format!("what {} rules of the policy allow", sources.count()),
    }
}

/// How many customers are seen, and why that is not everybody where it is not.
fn seen(census: &Census) -> String {
    let count = census.persons.len();
    match census.sight.causes().next() {
        None => format!("{count}, which is everybody"),
        Some(cause) => format!("{count}, but {}", cause.message()),
    }
}

#[cfg(test)]
mod tests {
    use access::OrgAlias;
    use jiff::SignedDuration;
    use lanyard_local::{Setup, World};
    use salesforce_simulator::NewUser;
    use serde_json::json;

    use crate::cast::{self, KIM, LOU};

    #[tokio::test]
    async fn the_doctor_finds_what_the_nightly_report_finds_and_writes_nothing() {
        let setup = Setup {
            org: Box::new(|options| {
                options.settings.my_domain_login_only = true;
                options.settings.invite_permission = false;
            }),
            ..Setup::at("2027-01-01T09:00:00Z".parse().unwrap())
        };
        let world = World::start(setup).await.unwrap();
        let org = world.org();
        cast::seed(&org).unwrap();
        org.deactivate(KIM).unwrap();
        org.add_user(NewUser::customer(LOU)).unwrap();
        org.hide_user(LOU, true).unwrap();
        // That more customers are counted than can be seen is a finding in the second night.
        world.sweep(json!({ "org": "main" })).await.unwrap();
        world.pass(SignedDuration::from_hours(24));
        let main = OrgAlias::default();
        let before = world.ledger.reader.org(&main).await.unwrap();

        let examination = super::examine(&world).await.unwrap();

        let codes: Vec<&str> = examination.findings.iter().map(|it| it.code.as_str()).collect();
        let expected = [
            "INVITING_NOT_PERMITTED",
            "SIGHT_NOT_FULL",
            "MY_DOMAIN_LOGIN_ONLY",
            "GROUP_OWNER_INACTIVE",
        ];
        assert_eq!(codes, expected);
        let report = world.sweep(json!({ "dryRun": true })).await.unwrap();
        assert_eq!(examination.to_json()["findings"], report["orgs"][0]["findings"]);
        let seen = examination.facts.iter().find(|(what, _)| *what == "customers to be seen");
        let (_, seen) = seen.unwrap();
        assert_eq!(seen, "1, but the org counts other customers than can be seen");
        let (what, how) = examination.facts.last().unwrap();
        assert_eq!((*what, &how[..7]), ("what sources may do", "all but"));
        let after = world.ledger.reader.org(&main).await.unwrap();
        assert_eq!((after, org.writes().len()), (before, 0));
    }
}
