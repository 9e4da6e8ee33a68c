//! A batch from the queue: all of it is recorded before the first of it is carried out, and each org has a share of its own.

use std::collections::BTreeMap;

use access::OrgAlias;
use futures_util::future::join_all;
use run::code::RUN_FAILED;
use run::{RunError, RunFailed, Services, Silence};
use runtime::{BatchResponse, Invocation, TIME_FOR_A_MESSAGE};

use crate::carry_out;
use crate::record::{Message, Recorded, record};

/// What a message says, with the message's id.
type Said = (String, Recorded);

/// Works through a batch; the answer names the messages that are to come again.
pub(crate) async fn work_through(
    services: &Services,
    invocation: &Invocation,
    messages: Vec<runtime::Message>,
) -> BatchResponse {
    let mut left = Vec::new();
    let mut shares: BTreeMap<OrgAlias, Vec<Said>> = BTreeMap::new();
    for (id, event) in messages {
        let recorded = match event {
            Ok(event) => {
                let message = Message::of_event(event);
                record(services, invocation, message, &run_id(invocation, &id))
                    .await
                    .map_err(|error| error.error_type)
            }
            Err(reason) => Err(reason.to_string()),
        };
        match recorded {
            Ok(recorded) => shares.entry(recorded.org.clone()).or_default().push((id, recorded)),
            Err(reason) => left.push(leave(id, &reason)),
        }
    }
    // Side by side, so that an org that does not answer keeps no other waiting.
    let silence = Silence::default();
    let shares =
        shares.into_values().map(|share| carry_out_share(services, invocation, share, &silence));
    left.extend(join_all(shares).await.into_iter().flatten());
    left.into_iter().collect()
}

/// Carries out the messages of one org one after the other, and returns those that are to come again. Once the org has not answered,
/// the others are left without asking it again.
async fn carry_out_share(
    services: &Services,
    invocation: &Invocation,
    share: Vec<Said>,
    silence: &Silence,
) -> Vec<String> {
    let mut left = Vec::new();
    for (place, (id, recorded)) in share.into_iter().enumerate() {
        let is_silent = silence.has(&recorded.org);
        let is_late = place > 0 && invocation.remaining() < TIME_FOR_A_MESSAGE;
        if is_silent || is_late {
            let reason = if is_silent { Silence::REASON } else { "no time left" };
            left.push(leave(id, reason));
            continue;
        }
        let (run_id, org) = (run_id(invocation, &id), recorded.org.clone());
        match carry_out(services, invocation, recorded, run_id).await {
            Ok(_) => {}
            // The close is recorded, and people are told: what is left is for them and the nights.
            Err(RunError::Failed(failed)) if failed.is_refused() => {}
            Err(RunError::Failed(failed)) => {
                if is_unanswered(&failed) {
                    silence.note(org);
                }
                left.push(leave(id, RUN_FAILED));
            }
            Err(RunError::NotBegun(error)) => left.push(leave(id, &error.error_type)),
        }
    }
    left
}

fn run_id(invocation: &Invocation, message: &str) -> String {
    format!("{}-{message}", invocation.request_id)
}

fn is_unanswered(RunFailed(report): &RunFailed) -> bool {
    report.measures.is_unanswered
}

fn leave(id: String, reason: &str) -> String {
    tracing::warn!(messageId = id, reason, "left in the queue");
    id
}
