//! Whatever is answered: no panic, an end, a failure of a known type that says nothing in confidence, no creation that is
//! repeated in doubt, and no token for anybody but the org.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hostile::cases;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use salesforce::{Client, Options};
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::answers::{Answer, Next, any_answer, any_sign_in, leads_to_trap};
use super::honest::{TOKEN, WORDS};
use super::operations::{ADDRESS, GROUP, Operation, any_operation};
use super::wire::{After, Wire, Written};
use crate::asked::Asked;
use crate::server::{credentials, http};

/// Requests of one operation: what a thousand pages of each of seven queries take, and what everything else does.
const REQUESTS_OF_PAGES: usize = 7_100;
const REQUESTS: usize = 2_600;

/// The time of one operation on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// What no failure says. The last is how every assertion begins.
const SECRETS: [&str; 8] = [
    TOKEN,
    WORDS,
    ADDRESS,
    GROUP,
    "3MVG9",
    "integration@corp.example",
    "127.0.0.1",
    "eyJhbGciOiJSUzI1NiJ9",
];

#[test]
fn whatever_is_answered_it_ends_in_a_failure_that_keeps_what_is_secret() {
    let (event_loop, http) = (event_loop(), http());
    let sign_ins = prop::collection::vec(any_sign_in(), 1..3);
    let script = (sign_ins, prop::collection::vec(any_answer(), 1..5));
    let outcome = TestRunner::new(cases(400)).run(
        &(any_operation(), script),
        |(operation, (sign_ins, answers))| {
            event_loop.block_on(check(&http, operation, &sign_ins, &answers))
        },
    );
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn what_has_no_end_is_given_up() {
    let (event_loop, http) = (event_loop(), http());
    let wait = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    let chunk = b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n1\r\n".to_vec();
    for answer in [
        Answer::Raw(wait, After::Repeat),
        Answer::Raw(chunk, After::Repeat),
        Answer::Page { next: Next::Endless, done: false, total: json!(u64::MAX) },
    ] {
        for operation in [Operation::Query, Operation::Read, Operation::CreateGroup] {
            let answers = std::slice::from_ref(&answer);
            let checked = event_loop.block_on(check(&http, operation, &[Answer::Honest], answers));
            checked.unwrap_or_else(|error| panic!("{operation:?} {answer:?}: {error}"));
        }
    }
}

/// What the server did about each creation of a group: whether it may have succeeded.
type Creations = Arc<Mutex<Vec<bool>>>;

async fn check(
    http: &reqwest::Client,
    operation: Operation,
    sign_ins: &[Answer],
    answers: &[Answer],
) -> Result<(), TestCaseError> {
    let trap = Wire::trap().await;
    let creations = Creations::default();
    let script = Script {
        sign_ins: sign_ins.to_vec(),
        answers: answers.to_vec(),
        trap: trap.address.clone(),
        counts: Mutex::default(),
        creations: Arc::clone(&creations),
    };
    let server = Wire::start(|own| {
        let own = own.to_owned();
        Arc::new(move |asked| script.answer(asked, &own))
    })
    .await;
    let client = client(http, &server.address);
    let outcome = timeout(PATIENCE, operation.run(&client)).await;
    let outcome = outcome.map_err(|_| TestCaseError::fail("it does not end"))?;

    for said in &outcome.said {
        for secret in SECRETS {
            prop_assert!(!said.contains(secret), "{secret} in {said}");
        }
    }
    if let Some((records, results)) = outcome.counts {
        prop_assert_eq!(records, results);
    }
    let asked = server.asked();
    let is_endless = answers.iter().any(|it| matches!(it, Answer::Page { .. }));
    let most = if is_endless { REQUESTS_OF_PAGES } else { REQUESTS };
    prop_assert!(asked.len() <= most, "{} requests", asked.len());
    only_the_org_has_the_token(&asked, &trap.asked(), sign_ins)?;
    let creations = creations.lock().expect("no panic while locked").clone();
    let doubtful = creations.iter().position(|may_have_succeeded| *may_have_succeeded);
    prop_assert!(
        doubtful.is_none_or(|at| at + 1 == creations.len()),
        "repeated in doubt: {creations:?}"
    );
    Ok(())
}

fn only_the_org_has_the_token(
    asked: &[Asked],
    trapped: &[Asked],
    sign_ins: &[Answer],
) -> Result<(), TestCaseError> {
    for asked in asked {
        let Asked { target, authorization, .. } = asked;
        if asked.is_sign_in() || target == "/services/data" {
            prop_assert!(authorization.is_none());
        } else {
            prop_assert!(target.starts_with("/services/data/v66.0/"), "{target}");
            prop_assert!(authorization.as_ref().is_some_and(|it| it.starts_with("Bearer ")));
        }
    }
    let is_sent_there =
        |it: &Answer| matches!(it, Answer::Instance(address) if leads_to_trap(address));
    if !sign_ins.iter().any(is_sent_there) {
        prop_assert!(trapped.is_empty(), "{trapped:?}");
    }
    prop_assert!(
        trapped.iter().all(|it| !it.is_sign_in()),
        "an assertion goes to the login address only"
    );
    Ok(())
}

fn event_loop() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop")
}

/// Answers one after the other, and again from the first.
struct Script {
    sign_ins: Vec<Answer>,
    answers: Vec<Answer>,
    trap: String,
    /// How many sign-ins and other requests there were.
    counts: Mutex<(usize, usize)>,
    creations: Creations,
}

impl Script {
    fn answer(&self, asked: &Asked, own: &str) -> Written {
        let mut counts = self.counts.lock().expect("no panic while locked");
        let (answers, count) = if asked.is_sign_in() {
            (&self.sign_ins, &mut counts.0)
        } else {
            (&self.answers, &mut counts.1)
        };
        let answer = &answers[*count % answers.len()];
        *count += 1;
        if asked.method == "POST" && asked.target.ends_with("/sobjects/CollaborationGroup") {
            self.creations.lock().expect("no panic while locked").push(answer.may_hide_success());
        }
        answer.write(asked, own, &self.trap, *count)
    }
}

fn client(http: &reqwest::Client, address: &str) -> Client {
    let mut options =
        Options::new(Arc::new(|| Timestamp::from_second(1_800_000_000).expect("a time")));
    options.first_wait = Duration::from_millis(1);
    options.attempts = 3;
    options.request_timeout = Duration::from_millis(150);
    // Long enough to begin whatever must not be repeated, and too short for any wait that a server asks for.
    let deadline = Instant::now() + Duration::from_millis(1_150);
    Client::new(http.clone(), credentials(address), options).until(deadline)
}
