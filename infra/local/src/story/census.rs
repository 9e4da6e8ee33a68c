//! Three people who are in the org already: two are taken over, and the one whom nobody asks for goes.

use std::ops::RangeInclusive;

use access::{EndReason, Proof, State};
use serde_json::json;

use crate::cast::{IVY, JO, KIM, LOU, PILOT};
use crate::samples;
use crate::stop::Stop;
use crate::story::closing::{proof, read_back};
use crate::story::teller::{Step, Teller, answered, count, day, name, text};

/// The announcement of access for which no grant answers.
const UNGOVERNED: &str = "Customer Access Ungoverned";

/// Whom the census finds.
const FOUND: [&str; 3] = [IVY, JO, LOU];

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<(), Stop> {
    find(teller).await?;
    take_over(teller).await?;
    end(teller).await
}

async fn find(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-05T09:15:00Z", "Three people for whom nobody answers")?;
    let report = teller.sweep(json!({ "org": "main" })).await?;
    let step = teller.step();
    teller.say(
        "Long ago an admin put Ivy, Jo and Lou into Hooli pilot by hand, and nobody has thought of \
         them since. The first sweep is asked for by a person ({ \"org\": \"main\" }). It counts all \
         customers of the org, as the nightly ones will, and finds three for whom no grant \
         answers. The policy makes grants of such access, for seven days, with Kim as their sponsor:",
    );
    let mut rows = Vec::new();
    for event in step.events.iter().filter(|event| event.detail_type == UNGOVERNED) {
        let of = |pointer: &str| text(&event.detail, pointer);
        let grant = teller.grant(of("/address")).await?;
        let is_adopted = matches!(grant.state, State::Active { .. });
        let asked = (grant.project.as_str(), grant.sponsor.as_str(), is_adopted);
        teller.checks.same("the adopted grant", asked, ("ungoverned", KIM, true));
        let until = grant.expires_at.to_string();
        teller.checks.same("until when it is adopted", of("/adoptedUntil"), until.as_str());
        let since = of("/groups/0/since").get(..10).unwrap_or_default();
        let group = of("/groups/0/name").to_owned();
        let until = format!("until {}", day(grant.expires_at));
        rows.push([of("/address").to_owned(), group, format!("there since {since}"), until]);
    }
    teller.page.table(&rows);
    let told: Vec<&str> = rows.iter().map(|[address, ..]| address.as_str()).collect();
    teller.checks.same("who is told as ungoverned", told, FOUND);
    let org = report.pointer("/orgs/0").cloned().unwrap_or_default();
    teller.checks.same("how many the report has as ungoverned", count(&org, "ungoverned"), 3);
    let until: Vec<&String> = rows.iter().map(|[.., until]| until).collect();
    teller.checks.same("the days of grace", until, ["until 2026-11-12"; 3]);
    // What the doctor has seen after the fix.
    teller.checks.same("what is wrong with the org", &org["findings"], &json!([]));
    teller.say(
        "Each was announced once. There is a fourth customer, Cy in Partner lounge, but the policy \
         leaves that group to others.",
    );
    teller.cost_of(&step);
    Ok(())
}

async fn take_over(teller: &mut Teller<'_>) -> Result<(), Stop> {
    let events = nights(teller, 6..=12).await?.events;
    let warned = events.iter().filter(|event| event.detail_type == "Customer Access Expiring");
    let warned: Vec<&str> = warned.map(|event| text(&event.detail, "/email")).collect();
    teller.checks.same("whose end was announced a day before", warned, FOUND);
    teller.at("2026-11-12T08:00:00Z")?;
    teller.say(
        "On the morning of the last day, after the usual warning of the night, Kim asks for Ivy and Jo \
         as for anybody else, because project P-40 needs them:",
    );
    let org = teller.world.org();
    let before = (org.writes().len(), org.mails().len());
    let answer = teller
        .invite(json!({
            "project": { "id": "P-40" }, "group": { "name": PILOT },
            "customers": [{ "email": IVY }, { "email": JO }], "sponsor": KIM, "days": 180,
        }))
        .await?;
    let rows = answered(&answer);
    teller.page.table(&rows);
    let outcomes: Vec<[&str; 2]> = rows.iter().map(|[who, _, what, _]| [&**who, what]).collect();
    teller.checks.same("outcomes for P-40", outcomes, [[IVY, "added"], [JO, "added"]]);
    let after = (org.writes().len(), org.mails().len());
    teller.checks.same("writes and mails for those who are in already", after, before);
    teller.say("They are in the group already, so nothing was written there and no mail went out.");
    teller.cost();
    Ok(())
}

async fn end(teller: &mut Teller<'_>) -> Result<(), Stop> {
    let step = nights(teller, 13..=13).await?;
    teller.say(
        "Nobody asks for Lou. The next night the seven days are over, for all three: P-40 holds the \
         places of two, and nothing holds the third.",
    );
    let mut rows = Vec::new();
    for email in FOUND {
        let proof = proof(&step.events, email)?;
        let (is_member, is_active) =
            (teller.world.org().is_member(PILOT, email), teller.is_active(email));
        let done = if is_member { "stays, for P-40" } else { "out, seat given back" };
        rows.push([name(email), PILOT.to_owned(), done.to_owned(), read_back(&proof)]);
        let stays = email != LOU;
        teller.checks.same(&format!("{email} in the org"), (is_member, is_active), (stays, stays));
        let seen = ["member", "seatActive"].map(|field| proof[field].as_bool());
        teller.checks.same(&format!("the proof of {email}"), seen, [Some(stays); 2]);
        let grant = teller.grant(email).await?;
        let is_proven = matches!(
            grant.state,
            State::Ended { reason: EndReason::Expired, proof: Proof::Proven { .. }, .. }
        );
        let is_in = matches!(grant.state, State::Active { .. });
        let project = if stays { "P-40" } else { "ungoverned" };
        let found = (grant.project.as_str(), is_in, is_proven);
        let claim = format!("{email} in the ledger: project, whether in, whether proven gone");
        teller.checks.same(&claim, found, (project, stays, !stays));
    }
    teller.page.table(&rows);
    teller.cost_of(&step);
    let events = nights(teller, 14..=23).await?.events;
    teller.checks.same("announcements in the ten nights after that", events.len(), 0);
    teller.say(
        "In the ten nights after that, nobody else is found, and Lou is read again twice: gone.",
    );
    let is_read_twice = matches!(
        teller.grant(LOU).await?.state,
        State::Ended { proof: Proof::Proven { rereads: 2, .. }, .. }
    );
    teller.checks.that("lou's end was read again, after a day and after a week", is_read_twice);
    Ok(())
}

/// Sweeps in some nights of November.
async fn nights(teller: &mut Teller<'_>, days: RangeInclusive<u32>) -> Result<Step, Stop> {
    for day in days {
        teller.at(&format!("2026-11-{day:02}T02:00:00Z"))?;
        let report = teller.sweep(samples::parse(samples::SWEEP_SCHEDULE)?).await?;
        let night = format!("failures in the night of November {day}");
        teller.checks.same(&night, count(&report, "failed"), 0);
    }
    Ok(teller.step())
}
