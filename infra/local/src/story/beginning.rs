//! Doctor, invitation, acceptance, and the night after.

use access::{Role, State};
use salesforce_simulator::MailKind;
use serde_json::Value;

use crate::cast::{ANA, BO, CY, LOUNGE};
use crate::doctor::{self, Examination};
use crate::samples;
use crate::stop::Stop;
use crate::story::teller::{Teller, answered, count, day, name};

/// The group that Kim asks for.
pub(crate) const GROUP: &str = "Acme rollout";

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<(), Stop> {
    invite(teller).await?;
    accept(teller).await?;
    night_after(teller).await
}

pub(crate) async fn look(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-05T09:00:00Z", "The doctor looks at the org")?;
    teller.say("Can customers be invited here at all, and will they be able to sign in?");
    let Examination { facts, findings } = doctor::examine(&teller.world).await?;
    let facts: Vec<[String; 2]> =
        facts.into_iter().map(|(what, how)| [what.to_owned(), how]).collect();
    teller.page.table(&facts);
    teller.cost();
    for finding in &findings {
        teller.say(&format!("One thing is worth mending, {}:", finding.code.as_str()));
        let cells = [["found", &finding.message], ["fix", &finding.fix]];
        teller.page.table(&cells.map(|row| row.map(str::to_owned)));
    }
    let codes: Vec<&str> = findings.iter().map(|it| it.code.as_str()).collect();
    teller.checks.same("the doctor finds one thing", codes, ["MY_DOMAIN_LOGIN_ONLY"]);
    teller.world.org().change_settings(|settings| settings.my_domain_login_only = false);
    let Examination { findings, .. } = doctor::examine(&teller.world).await?;
    teller.say("The admin does that in Setup, and the doctor looks again: all is well.");
    teller.checks.same("the doctor finds nothing after the fix", findings, []);
    teller.checks.same("the doctor writes nothing", teller.world.org().writes(), []);
    teller.step();
    Ok(())
}

async fn invite(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-23T09:15:00Z", "Kim asks for three customers")?;
    teller.say(
        "Kim leads project P-42 and sends infra/events/invite/direct.json: Ana as manager, Bo and Cy \
         as members of Acme rollout, until the end of January. Cy is a customer of the org already, \
         in the group Partner lounge, which somebody made by hand and which is left to others.",
    );
    let answer = teller.invite(samples::parse(samples::INVITE_DIRECT)?).await?;
    let rows = answered(&answer);
    teller.page.table(&rows);
    let outcomes: Vec<&str> = rows.iter().map(|[_, _, outcome, _]| outcome.as_str()).collect();
    teller.checks.same("outcomes", outcomes, ["invited", "invited", "added"]);
    let created = answer.pointer("/group/created").and_then(Value::as_bool);
    teller.checks.same("the group is new", created, Some(true));
    teller.checks.same("no warnings", answer.get("warnings"), Some(&Value::Array(Vec::new())));
    let group = teller.world.org().group_by_name(GROUP);
    let group = group.ok_or_else(|| Stop::Missing(format!("group {GROUP}")))?;
    let kind = (group.collaboration_type.as_str(), group.can_have_guests);
    teller.checks.same("the group is private and allows customers", kind, ("Private", true));
    teller.say(
        "There was no such group: it is now, private and open to customers. Ana and Bo have to \
         accept; Cy needs no invitation. Three mails went out, one each:",
    );
    mails(teller);
    let step = teller.cost();
    let told = step.announced();
    let told = (told.get("Customer Invited").copied(), told.get("Customer Joined").copied());
    teller.checks.same("two are announced as invited, one as joined", told, (Some(2), Some(1)));
    for email in [ANA, BO] {
        let state = teller.grant(email).await?.state;
        let is_invited = matches!(state, State::Invited { .. });
        teller.checks.that(&format!("the ledger has {email} as invited"), is_invited);
    }
    let is_active = matches!(teller.grant(CY).await?.state, State::Active { .. });
    teller.checks.that("the ledger has cy as active", is_active);
    let places = [GROUP, LOUNGE].map(|group| teller.world.org().is_member(group, CY));
    teller.checks.same("cy is in both groups", places, [true, true]);
    Ok(())
}

fn mails(teller: &mut Teller<'_>) {
    let mails = teller.world.org().mails();
    let row = |mail: &salesforce_simulator::Mail| {
        let kind = match mail.kind {
            MailKind::Invitation => "invitation",
            MailKind::Added => "added to",
        };
        let message = mail.message.as_ref().map(|it| format!("\"{it}\"")).unwrap_or_default();
        [mail.to.clone(), format!("{kind} {}", mail.group), message]
    };
    teller.page.table(&mails.iter().map(row).collect::<Vec<_>>());
    let sent: Vec<(&str, MailKind)> = mails.iter().map(|it| (it.to.as_str(), it.kind)).collect();
    let expected = [(ANA, MailKind::Invitation), (BO, MailKind::Invitation), (CY, MailKind::Added)];
    teller.checks.same("who got which mail", sent, expected);
}

async fn accept(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-23T11:30:00Z", "Ana and Bo accept")?;
    teller.world.org().accept_from(GROUP, ANA)?;
    teller.at("2026-11-23T14:05:00Z")?;
    teller.world.org().accept_from(GROUP, BO)?;
    teller.say(
        "Ana follows the link at half past eleven, Bo after lunch. Salesforce makes every newcomer a \
         plain member and tells nobody, so the ledger still says invited.",
    );
    let role = teller.world.org().member(GROUP, ANA).map(|member| member.role);
    teller.checks.same("ana begins as a plain member", role.as_deref(), Some("Standard"));
    for email in [ANA, BO] {
        teller.checks.that(&format!("{email} has a seat"), teller.is_active(email));
        let is_invited = matches!(teller.grant(email).await?.state, State::Invited { .. });
        teller.checks.that(&format!("the ledger does not know yet of {email}"), is_invited);
    }
    Ok(())
}

async fn night_after(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-24T02:00:00Z", "The night finds who has joined")?;
    let report = teller.sweep(samples::parse(samples::SWEEP_SCHEDULE)?).await?;
    teller.say(&format!(
        "The nightly sweep ({{}}, infra/events/sweep/schedule.json) looked at {} grants: {} have \
         joined, {} was made manager, as Kim had asked.",
        count(&report, "looked"),
        count(&report, "joined"),
        count(&report, "promoted"),
    ));
    let mut rows = Vec::new();
    for email in [ANA, BO, CY] {
        let grant = teller.grant(email).await?;
        let member = teller.world.org().member(GROUP, email);
        let role = match member.map(|member| member.role).as_deref() {
            Some("Admin") => Role::Manager.as_str(),
            Some(_) => Role::Member.as_str(),
            None => "not in the group",
        };
        teller.checks.same(&format!("the role of {email}"), role, grant.role.as_str());
        let is_active = matches!(grant.state, State::Active { .. });
        teller.checks.that(&format!("the ledger has {email} as active"), is_active);
        let until = format!("until {}", day(grant.expires_at));
        rows.push([name(email), role.to_owned(), grant.group.name, until]);
    }
    teller.page.table(&rows);
    let counts = ["joined", "promoted", "ended", "failed"].map(|field| count(&report, field));
    teller.checks.same("joined, promoted, ended, failed", counts, [2, 1, 0, 0]);
    let step = teller.cost();
    let reported = count(&report, "salesforceCalls");
    teller.checks.same("the report counts the calls that the org saw", reported, step.calls as u64);
    Ok(())
}
