//! One person out, now; and what is found of her afterwards.

use access::{Email, EndReason, OrgAlias, Proof, State, verify};
use serde_json::json;

use crate::cast::{EVE, KIM};
use crate::samples;
use crate::stop::Stop;
use crate::story::closing::{proof, read_back};
use crate::story::outlook::GROUP;
use crate::story::teller::{Teller, count, counted, name};

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-12-08T09:02:00Z", "One person out, now")?;
    let mut withdrawal = samples::parse(samples::WITHDRAW_DIRECT)?;
    if let Some(customers) = withdrawal.get_mut("customers") {
        *customers = json!([EVE]);
    }
    let report = teller.close_project(withdrawal).await?;
    let step = teller.step();
    let read = proof(&step.events, EVE)?;
    teller.say(
        "Eve leaves her company, and Kim says so by name, as in \
         infra/events/close-project/withdraw.json. The project goes on, and so does Finn's invitation.",
    );
    let done = "out, seat given back".to_owned();
    teller.page.table(&[[name(EVE), GROUP.to_owned(), done, read_back(&read)]]);
    let counts = ["ended", "proven", "failed"].map(|field| count(&report, field));
    teller.checks.same("eve's ending", counts, [1, 1, 0]);
    teller.checks.that("eve's seat is given back", !teller.is_active(EVE));
    let state = teller.grant(EVE).await?.state;
    let is_withdrawn = matches!(
        state,
        State::Ended { reason: EndReason::Withdrawn, proof: Proof::Proven { .. }, .. }
    );
    teller.checks.that("eve's access is withdrawn, proven", is_withdrawn);
    teller.cost_of(&step);
    evidence(teller).await
}

async fn evidence(teller: &mut Teller<'_>) -> Result<(), Stop> {
    let email = Email::parse(EVE).map_err(|error| Stop::Missing(error.to_string()))?;
    let found = teller.world.ledger.reader.evidence_of_person(&OrgAlias::default(), &email).await?;
    let (grant, history) =
        found.first_key_value().ok_or_else(|| Stop::Missing("eve's history".to_owned()))?;
    let head = teller.customer(EVE).await?.grants.get(grant).and_then(|it| it.head.clone());
    let withdrawn = history.iter().find(|it| it.cause == "withdrawn");
    let by = withdrawn.and_then(|it| it.personal.as_ref()?.get("withdrawnBy").cloned());
    teller.checks.same("who withdrew it", by.as_deref(), Some(KIM));
    teller.checks.same("what is wrong with the history", verify(history, head.as_deref()), []);
    teller.say(&format!(
        "Whoever asks in years to come finds her history by her address, by the project or by the day: {}, \
         each with the hash of the one before, so that a change afterwards is noticed.",
        counted(history.len(), "line"),
    ));
    Ok(())
}
