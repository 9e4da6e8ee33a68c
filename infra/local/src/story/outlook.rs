//! A third project, and what would become of everybody on a day to come.

use std::collections::BTreeMap;

use access::{Customer, State};
use serde_json::{Value, json};

use crate::cast::{CUSTOMERS, EVE, FINN};
use crate::samples;
use crate::stop::Stop;
use crate::story::teller::{Teller, count, day, name, text};

/// The group of the third project.
pub(crate) const GROUP: &str = "Initech migration";

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<(), Stop> {
    ask(teller).await?;
    foresee(teller).await
}

async fn ask(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-12-07T11:00:00Z", "A third project, from the queue")?;
    let answer = teller.invite(samples::parse(samples::INVITE_QUEUE)?).await?;
    teller.checks.same("the request is consumed", answer, json!({ "batchItemFailures": [] }));
    let until = day(teller.grant(EVE).await?.expires_at);
    teller.say(&format!(
        "The projects' system asks for Eve and Finn, for 50 days, by an event \
         (infra/events/invite/queue.json). Nobody waits for an answer: what became of it is \
         announced. Their access ends on {until}."
    ));
    let step = teller.cost();
    let told = step.announced().get("Customer Invited").copied();
    teller.checks.same("two are announced as invited", told, Some(2));
    teller.at("2026-12-07T12:00:00Z")?;
    teller.world.org().accept_from(GROUP, EVE)?;
    teller.at("2026-12-08T02:00:00Z")?;
    let report = teller.sweep(samples::parse(samples::SWEEP_SCHEDULE)?).await?;
    teller.say("Eve accepts at noon, which the night finds out. Finn does not open the mail.");
    teller.checks.same("joined in the night", count(&report, "joined"), 1);
    let is_active = matches!(teller.grant(EVE).await?.state, State::Active { .. });
    let is_invited = matches!(teller.grant(FINN).await?.state, State::Invited { .. });
    teller.checks.same("eve is in, finn is invited", (is_active, is_invited), (true, true));
    teller.cost();
    Ok(())
}

async fn foresee(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-12-08T09:00:00Z", "Who would lose what")?;
    teller.say(
        "Kim wants to know what a sweep would do on the first of February, as things stand \
         (infra/events/sweep/dry-run-at.json):",
    );
    let before = everything(teller).await?;
    let report = teller.sweep(samples::parse(samples::SWEEP_DRY_RUN_AT)?).await?;
    let after = everything(teller).await?;
    teller.checks.that("the dry run changes nothing", before == after);
    let run = teller.world.ledger.reader.run(text(&report, "/runId")).await?;
    teller.checks.that("the dry run leaves no trace in the ledger", run.is_none());
    let mut whose = BTreeMap::new();
    for email in CUSTOMERS {
        let grants = teller.customer(email).await?.grants;
        whose.extend(grants.keys().map(|id| (id.to_string(), email)));
    }
    let decisions = report.get("decisions").and_then(Value::as_array).cloned().unwrap_or_default();
    let (mut rows, mut found, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for decision in &decisions {
        let who = whose.get(text(decision, "/grantId")).copied().unwrap_or_default();
        let [what, why] = ["/decision", "/reason"].map(|field| text(decision, field).to_owned());
        let steps = decision.get("steps").and_then(Value::as_array).into_iter().flatten();
        let steps: Vec<&str> = steps.filter_map(Value::as_str).collect();
        if what == "end" {
            let steps = steps.join(", then ");
            found.push((who, why.clone(), steps.clone()));
            rows.push([name(who), format!("{what}, {why}"), steps]);
        } else {
            others.push((name(who), what, steps.len()));
        }
    }
    teller.page.table(&rows);
    let names: Vec<&str> = others.iter().map(|(who, _, _)| who.as_str()).collect();
    teller.say(&format!(
        "The other grants it looks at (of {}) are over already: their ends would be read once more, \
         and nothing done. Nothing at all was changed now: a dry run holds no writer.",
        names.join(", "),
    ));
    let eve = (EVE, "expired".to_owned(), "removeMember, then deactivate".to_owned());
    let finn = (FINN, "expired".to_owned(), "cancelInvitation".to_owned());
    teller.checks.same("who would lose what", found, [eve, finn]);
    let is_proof = others.iter().all(|(_, what, steps)| what == "prove" && *steps == 0);
    teller.checks.that("the others would be proven again", is_proof && others.len() == 7);
    teller.cost();
    Ok(())
}

/// All that a run could change.
async fn everything(teller: &Teller<'_>) -> Result<(Vec<Customer>, [usize; 3], usize), Stop> {
    let mut customers = Vec::new();
    for email in CUSTOMERS {
        customers.push(teller.customer(email).await?);
    }
    let org = teller.world.org();
    let counts = [org.writes().len(), org.mails().len(), org.open_invitations(FINN).len()];
    Ok((customers, counts, teller.world.events().len()))
}
