//! The end: everybody once more, and whether it is as it should be.

use access::{EndReason, Grant, Policy, Proof, State};

use crate::cast::{ANA, BO, CUSTOMERS, CY, DEE, EVE, FINN, IVY, JO, KIM, LOU, LOUNGE, PILOT};
use crate::paper::Tone;
use crate::stop::Stop;
use crate::story::page::tied;
use crate::story::teller::{Teller, counted, day, minute, name};
use crate::story::{beginning, expiry, outlook};

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<bool, Stop> {
    teller.chapter("2026-12-08T09:05:00Z", "How it stands")?;
    let title = ["customer", "group", "why over", "read back as gone"].map(str::to_owned);
    let mut rows = vec![title];
    for email in CUSTOMERS {
        let grant = teller.grant(email).await?;
        let [why, proof] = standing(&grant);
        rows.push([name(email), grant.group.name, why, proof]);
    }
    teller.page.titled_table(&rows);
    people(teller).await?;
    world(teller).await?;
    totals(teller);
    Ok(verdict(teller))
}

/// Why a grant is over and what proves it, or that it is not.
fn standing(grant: &Grant) -> [String; 2] {
    let until = day(grant.expires_at);
    match &grant.state {
        State::Ended { reason, proof, .. } => {
            let reason = access::Reason::from(*reason).to_string();
            [reason, proven(proof)]
        }
        State::Active { .. } => [format!("until {until}"), "no: is in the group".to_owned()],
        State::Invited { .. } => [format!("until {until}"), "no: has not accepted yet".to_owned()],
        State::Requested { .. } | State::Ending { .. } | State::Refused { .. } => {
            ["?".to_owned(), "?".to_owned()]
        }
    }
}

fn proven(proof: &Proof) -> String {
    match proof {
        Proof::Proven { at, rereads } => {
            let days = Policy::default().reread_days();
            let days: Vec<String> = days.iter().take(*rereads).map(ToString::to_string).collect();
            let noun = if days == ["1"] { "day" } else { "days" };
            let again = match days.as_slice() {
                [] => "to be read again".to_owned(),
                days => format!("and {} {noun} later", days.join(" and ")),
            };
            format!("{}, {}", tied(&minute(*at)), tied(&again))
        }
        Proof::Unproven => "none".to_owned(),
        Proof::Drifted { .. } => "given back by hand".to_owned(),
    }
}

async fn people(teller: &mut Teller<'_>) -> Result<(), Stop> {
    for (email, group, expected, rereads) in [
        (LOU, PILOT, EndReason::Expired, 2),
        (ANA, beginning::GROUP, EndReason::ProjectClosed, 2),
        (BO, beginning::GROUP, EndReason::ProjectClosed, 2),
        (CY, beginning::GROUP, EndReason::ProjectClosed, 2),
        (DEE, expiry::GROUP, EndReason::Expired, 1),
        (EVE, outlook::GROUP, EndReason::Withdrawn, 0),
    ] {
        let org = teller.world.org();
        let traces = (org.is_member(group, email), org.open_invitations(email).len());
        teller.checks.same(&format!("traces of {email} in {group}"), traces, (false, 0));
        let found = match teller.grant(email).await?.state {
            State::Ended { reason, proof: Proof::Proven { rereads, .. }, .. } => {
                Some((reason, rereads))
            }
            State::Requested { .. }
            | State::Invited { .. }
            | State::Active { .. }
            | State::Ending { .. }
            | State::Ended { .. }
            | State::Refused { .. } => None,
        };
        teller.checks.same(&format!("the proof of {email}"), found, Some((expected, rereads)));
    }
    let org = teller.world.org();
    let with_seats: Vec<&str> = CUSTOMERS.into_iter().filter(|it| teller.is_active(it)).collect();
    teller.checks.same("who has a seat", with_seats, [IVY, JO, CY]);
    teller.checks.same("seats in use", org.used_seats(), 3);
    let in_pilot = [IVY, JO].map(|email| org.is_member(PILOT, email));
    teller.checks.same("ivy and jo are where they were", in_pilot, [true, true]);
    teller.checks.that("cy is in the other group", org.is_member(LOUNGE, CY));
    teller.checks.same("finn's open invitations", org.open_invitations(FINN).len(), 1);
    teller.checks.that("kim was never touched", teller.is_active(KIM));
    Ok(())
}

async fn world(teller: &mut Teller<'_>) -> Result<(), Stop> {
    let mut mails: Vec<(String, String)> =
        teller.world.org().mails().into_iter().map(|mail| (mail.to, mail.group)).collect();
    let sent = mails.len();
    mails.sort();
    mails.dedup();
    teller.checks.same("nobody got two mails about one group", mails.len(), sent);
    let projects = [teller.project("P-42").await?, teller.project("P-43").await?];
    teller.checks.same("P-42 is closed, P-43 open", projects, [(true, false), (false, false)]);
    let reader = &teller.world.ledger.reader;
    let outbox = reader.unpublished(teller.world.now(), None, None, 100).await?;
    teller.checks.same("announcements left in the outbox", outbox.due, []);
    let events = teller.world.events();
    let mut ids: Vec<String> =
        events.iter().filter_map(|event| event.detail.get("id")).map(ToString::to_string).collect();
    ids.sort();
    ids.dedup();
    teller.checks.same("each announcement was made once", ids.len(), events.len());
    let alarms = [
        "Customer Access Stuck",
        "Customer Access Drifted",
        "Sweep Held",
        "Continuation",
        "Org Needs Attention",
    ];
    let is_alarm = |kind: &str| alarms.contains(&kind);
    let alarmed = events.iter().any(|event| is_alarm(event.detail_type.as_str()));
    teller.checks.that("nothing stuck, drifted, held or put off", !alarmed);
    Ok(())
}

fn totals(teller: &mut Teller<'_>) {
    let org = teller.world.org();
    let (calls, writes) = (org.calls().len(), org.writes().len());
    let (mails, events) = (org.mails().len(), teller.world.events().len());
    teller.say(&format!(
        "In all: {} to Salesforce, {writes} of them writes; {}, none of them twice; {}. Three \
         customers were found and six came, and six of them went, in thirty-three days, and nobody had \
         to remember anything.",
        counted(calls, "call"),
        counted(mails, "mail"),
        counted(events, "announcement"),
    ));
}

fn verdict(teller: &mut Teller<'_>) -> bool {
    let (count, failed) = (teller.checks.count(), teller.checks.failed().to_vec());
    let page = &mut teller.page;
    page.pause();
    if failed.is_empty() {
        page.statement(Tone::Good, &format!("All {count} checks hold."));
        page.statement(
            Tone::Plain,
            "The end state is right: who should be gone is proven gone, and nobody else has lost anything.",
        );
        return true;
    }
    for check in &failed {
        page.statement(Tone::Bad, &format!("check failed: {check}"));
    }
    let failed = failed.len();
    let verdict = format!("The end state is WRONG: {failed} of {count} checks fail.");
    page.statement(Tone::Bad, &verdict);
    false
}
