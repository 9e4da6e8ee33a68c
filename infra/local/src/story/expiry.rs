//! A second project, through the HTTP door, for ten days only.

use access::{EndReason, Proof, State};
use lanyard_local::Event;
use serde_json::Value;

use crate::cast::DEE;
use crate::samples;
use crate::stop::Stop;
use crate::story::closing::{ENDED, proof, read_back};
use crate::story::teller::{Step, Teller, count, counted, minute, name, text};

/// The group of the second project.
pub(crate) const GROUP: &str = "Globex audit";

/// The nights until the last one before the expiry.
const NIGHTS: [&str; 10] = [
    "2026-11-27",
    "2026-11-28",
    "2026-11-29",
    "2026-11-30",
    "2026-12-01",
    "2026-12-02",
    "2026-12-03",
    "2026-12-04",
    "2026-12-05",
    "2026-12-06",
];

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<(), Stop> {
    ask(teller).await?;
    nights(teller).await?;
    end(teller).await
}

async fn ask(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-26T09:00:00Z", "Another project, for ten days")?;
    teller.say(
        "An audit needs one outside person for ten days. The portal posts to /invitations, as in \
         infra/events/invite/http-api.json; the address came as Dee@Globex.example.",
    );
    let response = teller.invite(samples::parse(samples::INVITE_HTTP)?).await?;
    let status = count(&response, "statusCode");
    teller.checks.same("the HTTP status", status, 200);
    let answer: Value = serde_json::from_str(text(&response, "/body")).map_err(Stop::Sample)?;
    let customer = ["email", "outcome", "expiresAt"]
        .map(|field| text(&answer, &format!("/customers/0/{field}")).to_owned());
    teller.checks.same("dee's answer", customer.clone(), [DEE, "invited", "2026-12-06T09:00:00Z"]);
    let [email, outcome, until] = customer;
    teller.page.table(&[[format!("HTTP {status}"), email, outcome, format!("until {until}")]]);
    let actor = teller.world.ledger.reader.history(&teller.grant(DEE).await?.id).await?;
    let actor = actor.first().and_then(|entry| entry.actor()).unwrap_or_default().to_owned();
    teller.say(&format!("The audit remembers who asked: {actor}."));
    let arn = "arn:aws:sts::123456789012:assumed-role/portal/kim";
    teller.checks.same("the caller is in the audit", actor.as_str(), arn);
    teller.cost();
    teller.at("2026-11-26T10:00:00Z")?;
    teller.world.org().accept_from(GROUP, DEE)?;
    teller.say("Dee accepts within the hour.");
    Ok(())
}

async fn nights(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-27T02:00:00Z", "Ten nights")?;
    teller.say(
        "Each night the sweep does what an index names as due, and counts the org's customers.",
    );
    let (mut rows, mut quiet, mut quiet_calls) = (Vec::new(), 0, 0);
    let (mut notices, mut rereads, mut ungoverned) = (Vec::new(), 0, 0);
    for night in NIGHTS {
        teller.at(&format!("{night}T02:00:00Z"))?;
        let report = teller.sweep(samples::parse(samples::SWEEP_SCHEDULE)?).await?;
        teller.checks.same(
            &format!("failures in the night of {night}"),
            count(&report, "failed"),
            0,
        );
        let step = teller.step();
        let happened = happened(&report, &step);
        if happened.is_empty() {
            quiet += 1;
            quiet_calls += step.calls;
        } else {
            let used = counted(step.calls, "call");
            rows.push([night.to_owned(), used, happened.join("; ")]);
        }
        let days = step.events.iter().filter_map(|event| event.detail.get("days"));
        notices.extend(days.filter_map(Value::as_u64));
        rereads += count(&report, "reproven");
        ungoverned += report.pointer("/orgs/0/ungoverned").and_then(Value::as_u64).unwrap_or(99);
    }
    teller.page.table(&rows);
    teller.say(&format!(
        "In the other {} nothing was due, and all that was asked of Salesforce was the census: {} a \
         night. Somebody answers for everybody whom it found. Warnings \
         are events for whoever tells sponsors; Lanyard sends no mail of its own.",
        counted(quiet, "night"),
        counted(quiet_calls / quiet.max(1), "call"),
    ));
    teller.checks.same("warnings", notices, [7, 1]);
    teller.checks.same("endings read again, after a day and after a week", rereads, 6);
    teller.checks.same("calls in nights with nothing due", (quiet, quiet_calls), (6, 6 * 3));
    teller.checks.same("access for which nobody answers", ungoverned, 0);
    let is_active = matches!(teller.grant(DEE).await?.state, State::Active { .. });
    teller.checks.that("dee is in, to the last night", is_active && teller.is_active(DEE));
    Ok(())
}

/// What a night has brought, in words.
fn happened(report: &Value, step: &Step) -> Vec<String> {
    let sentence = |event: &Event| {
        let who = name(text(&event.detail, "/email"));
        match event.detail_type.as_str() {
            "Customer Joined" => {
                Some(format!("{who} is found in {}", text(&event.detail, "/group/name")))
            }
            "Customer Access Expiring" => {
                let days = event.detail.get("days").and_then(Value::as_u64).unwrap_or_default();
                let days = counted(usize::try_from(days).unwrap_or_default(), "day");
                let sponsor = name(text(&event.detail, "/sponsor"));
                Some(format!(
                    "a warning that {who}'s access, which {sponsor} answers for, ends within {days}"
                ))
            }
            ENDED => Some(format!("{who}'s access ends")),
            _ => None,
        }
    };
    let mut sentences: Vec<String> = step.events.iter().filter_map(sentence).collect();
    let again = count(report, "reproven");
    if again > 0 {
        let again = counted(usize::try_from(again).unwrap_or_default(), "ending");
        sentences.push(format!("{again} of P-42 read once more: still gone"));
    }
    sentences
}

async fn end(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-12-07T02:00:00Z", "Dee's time is up")?;
    let expired = minute(teller.grant(DEE).await?.expires_at);
    let report = teller.sweep(samples::parse(samples::SWEEP_SCHEDULE)?).await?;
    let step = teller.step();
    let proof = proof(&step.events, DEE)?;
    teller.say(&format!(
        "The access ended on {expired}, and the sweep of the night carries that out: out of {GROUP}, \
         and the seat is given back, because nothing else holds it."
    ));
    let done = "out, seat given back".to_owned();
    teller.page.table(&[[name(DEE), GROUP.to_owned(), done, read_back(&proof)]]);
    let counts = ["looked", "ended", "proven", "failed"].map(|field| count(&report, field));
    teller.checks.same("looked, ended, proven, failed", counts, [1, 1, 1, 0]);
    let seen = ["member", "invited", "seatActive"].map(|field| proof[field].as_bool());
    teller.checks.same("dee's proof", seen, [Some(false); 3]);
    let is_member = teller.world.org().is_member(GROUP, DEE);
    teller.checks.same("dee in the org", (is_member, teller.is_active(DEE)), (false, false));
    let is_ended = matches!(
        teller.grant(DEE).await?.state,
        State::Ended { reason: EndReason::Expired, proof: Proof::Proven { .. }, .. }
    );
    teller.checks.that("the ledger has dee's end as proven", is_ended);
    teller.cost_of(&step);
    Ok(())
}
