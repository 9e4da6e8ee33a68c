//! Scheduled faults do what they say.

use std::pin::pin;
use std::time::Duration;

use reqwest::Method;
use salesforce_simulator::{Fault, FaultKind, Matching};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::world::{World, send};

/// What the client sees of an invitation that a fault hits, and whether it was carried out.
async fn hit(fault: FaultKind) -> (World, Result<(u16, String), reqwest::Error>) {
    let world = World::start_with(|options| options.hold = Duration::from_millis(200)).await;
    let group = world.group("Acme");
    let writes = Matching::writes_of("CollaborationInvitation");
    world.org.add_fault(Fault::once(fault).matching(writes));
    let body = json!({ "SharedEntityId": group, "InvitedUserEmail": "ana@acme.example" });
    let request = world.request(Method::POST, "/sobjects/CollaborationInvitation").json(&body);
    let seen = match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            response.text().await.map(|text| (status, text))
        }
        Err(error) => Err(error),
    };
    (world, seen)
}

#[tokio::test]
async fn a_dropped_connection_has_no_answer_whether_or_not_the_work_was_done() {
    for (fault, mails) in [(FaultKind::DropBefore, 0), (FaultKind::DropAfter, 1)] {
        let (world, seen) = hit(fault).await;
        let error = seen.expect_err("no answer");
        assert!(error.is_request() && !error.is_timeout(), "{error:?}");
        assert_eq!(world.org.mails().len(), mails);
        let call = &world.org.calls()[0];
        assert_eq!((call.status, call.changed), (None, mails == 1));
        assert_eq!(world.get("/limits").await.status, 200, "the next connection works");
    }
}

#[tokio::test]
async fn a_time_out_holds_the_answer_until_the_client_gives_up() {
    for (fault, mails) in [(FaultKind::TimeoutBeforeCommit, 0), (FaultKind::TimeoutAfterCommit, 1)]
    {
        let world = World::start().await;
        let group = world.group("Acme");
        world.org.add_fault(Fault::once(fault));
        let body = json!({ "SharedEntityId": group, "InvitedUserEmail": "ana@acme.example" });
        let request = world.request(Method::POST, "/sobjects/CollaborationInvitation").json(&body);
        let mut answer = pin!(request.send());

        tokio::select! {
            answer = &mut answer => panic!("{answer:?}"),
            () = world.until(|org| org.calls().len() == 1) => {}
        }

        assert_eq!(world.org.mails().len(), mails);
        assert_eq!(world.org.calls()[0].status, None);
        assert!(tokio::time::timeout(Duration::from_millis(150), answer).await.is_err());
    }
}

#[tokio::test]
async fn a_client_that_does_not_give_up_is_cut_off_after_the_hold() {
    let (world, seen) = hit(FaultKind::TimeoutAfterCommit).await;
    assert!(!seen.expect_err("no answer").is_timeout());
    assert_eq!(world.org.mails().len(), 1);
}

#[tokio::test]
async fn edge_errors_are_html_with_or_without_the_work() {
    for (fault, status, mails) in [
        (FaultKind::BadGateway { committed: false }, 502, 0),
        (FaultKind::BadGateway { committed: true }, 502, 1),
        (FaultKind::Unavailable { committed: false, retry_after: Some(7) }, 503, 0),
        (FaultKind::Unavailable { committed: true, retry_after: None }, 503, 1),
        (FaultKind::NoRouting, 420, 0),
    ] {
        let (world, seen) = hit(fault.clone()).await;
        let (seen, text) = seen.expect("an answer");
        assert_eq!((seen, world.org.mails().len()), (status, mails), "{fault:?}");
        assert!(text.starts_with("<html>"), "{text}");
    }
    let world = World::start().await;
    let fault = FaultKind::Unavailable { committed: false, retry_after: Some(7) };
    world.org.add_fault(Fault::once(fault));
    assert_eq!(world.get("/limits").await.headers["retry-after"], "7");
}

#[tokio::test]
async fn limits_and_maintenance_are_refused_in_salesforces_words() {
    for (fault, status, code, message) in [
        (
            FaultKind::ConcurrentLimit,
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        ),
        (FaultKind::DailyLimit, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        (
            FaultKind::Maintenance,
            400,
            "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
            "Try again after the release has completed.",
        ),
        (
            FaultKind::LockError { values: vec![], fraction: 1.0, seed: 1 },
            400,
            "UNABLE_TO_LOCK_ROW",
            "unable to obtain exclusive access to this record",
        ),
        (FaultKind::ExpireSession, 401, "INVALID_SESSION_ID", "Session expired or invalid"),
    ] {
        let (world, seen) = hit(fault).await;
        let (seen, text) = seen.expect("an answer");
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((seen, &body[0]["errorCode"]), (status, &json!(code)));
        assert_eq!(body[0]["message"], message);
        assert!(world.org.mails().is_empty());
    }
}

#[tokio::test]
async fn a_torn_body_hides_work_that_was_done() {
    let (world, seen) = hit(FaultKind::GarbageBody).await;
    let (status, text) = seen.expect("an answer");
    assert_eq!(status, 200);
    assert!(!text.is_empty() && serde_json::from_str::<Value>(&text).is_err(), "{text}");
    assert_eq!(world.org.mails().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_comes_all_the_same() {
    let world = World::start().await;
    world.org.add_fault(Fault::once(FaultKind::Slow { milliseconds: 300 }));
    let begin = std::time::Instant::now();
    assert_eq!(world.get("/limits").await.status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(300));
}

fn invitations(group: &str, emails: &[&str]) -> Value {
    let records: Vec<_> = emails
        .iter()
        .map(|email| {
            json!({
                "attributes": { "type": "CollaborationInvitation" },
                "SharedEntityId": group,
                "InvitedUserEmail": email,
            })
        })
        .collect();
    json!({ "allOrNone": false, "records": records })
}

#[tokio::test]
async fn records_are_locked_by_value_and_a_collection_may_end_in_the_middle() {
    let world = World::start().await;
    let group = world.group("Acme");
    let values = vec!["b@acme.example".to_owned()];
    let lock = FaultKind::LockError { values, fraction: 0.0, seed: 0 };
    world.org.add_fault(Fault::once(lock));
    world.org.add_fault(Fault::once(FaultKind::PartialResult { keep: 1 }));
    let code = |reply: &Value, index: usize| reply[index]["errors"][0]["statusCode"].clone();

    let body = invitations(&group, &["a@acme.example", "b@acme.example", "c@acme.example"]);
    let locked = world.post("/composite/sobjects", body).await.body;
    assert_eq!((&locked[0]["success"], &locked[2]["success"]), (&json!(true), &json!(true)));
    assert_eq!(code(&locked, 1), "UNABLE_TO_LOCK_ROW");
    let body = invitations(&group, &["d@acme.example", "e@acme.example"]);
    let partial = world.post("/composite/sobjects", body).await.body;
    assert_eq!(partial[0]["success"], true);
    assert_eq!(code(&partial, 1), "UNKNOWN_EXCEPTION");
    assert!(world.org.open_invitations("e@acme.example").is_empty());
}

#[tokio::test]
async fn a_share_of_the_records_is_locked_and_other_ones_the_next_time() {
    let world = World::start().await;
    let group = world.group("Acme");
    let lock = FaultKind::LockError { values: vec![], fraction: 0.5, seed: 7 };
    world.org.add_fault(Fault::always(lock));
    let emails: Vec<String> = (0..40).map(|number| format!("c{number}@acme.example")).collect();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let reply = world.post("/composite/sobjects", invitations(&group, &emails)).await;
        let locked = reply.body.as_array().unwrap().iter().map(|it| it["success"] == false);
        rounds.push(locked.collect::<Vec<_>>());
    }
    for round in &rounds {
        let count = round.iter().filter(|it| **it).count();
        assert!((10..=30).contains(&count), "{count} of 40");
    }
    assert_ne!(rounds[0], rounds[1]);
}

#[tokio::test]
async fn stale_reads_show_an_object_as_before_the_last_write() {
    let world = World::start().await;
    let group = world.group("Acme");
    let ana = world.customer("ana@acme.example");
    let member = world.join(&group, &ana).await.id();
    let stale = FaultKind::StaleRead { objects: vec!["CollaborationGroupMember".to_owned()] };
    let reads = Matching::reads_of("CollaborationGroupMember");
    world.org.add_fault(Fault::always(stale).matching(reads).times(2));
    let count = async || world.records("SELECT Id FROM CollaborationGroupMember").await.len();

    assert_eq!(count().await, 1, "before the member joined");
    world.delete(&format!("/sobjects/CollaborationGroupMember/{member}")).await;
    assert_eq!(count().await, 2, "before the member left");
    assert_eq!(count().await, 1, "the truth");
    let users = world.records("SELECT Id FROM User WHERE Email = 'ana@acme.example'").await;
    assert_eq!(users.len(), 1, "other objects are read as they are");
}

#[tokio::test]
async fn the_schedule_picks_by_number_by_kind_of_request_and_by_draw() {
    let world = World::start().await;
    let group = world.group("Acme");
    let fault = Fault::always(FaultKind::NoRouting).matching(Matching::path("/limits"));
    world.org.add_fault(fault.from_nth(2).times(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        assert_eq!(world.soql("SELECT Id FROM User").await.status, 200);
        statuses.push(world.get("/limits").await.status);
    }
    assert_eq!(statuses, [200, 420, 420, 200]);
    let status = &world.org.faults()[0];
    assert_eq!((status.seen, status.hit, status.remaining), (3, 2, Some(0)));

    let draw = async |seed| {
        world.org.clear_faults();
        world.org.add_fault(Fault::always(FaultKind::NoRouting).by_chance(seed, 0.5));
        let mut drawn = Vec::new();
        for _ in 0..20 {
            drawn.push(world.get("/limits").await.status);
        }
        drawn
    };
    let first = draw(1).await;
    assert!(first.contains(&200) && first.contains(&420));
    assert_eq!(draw(1).await, first, "the same seed, the same faults");
    assert_ne!(draw(2).await, first);

    world.org.clear_faults();
    world.org.add_fault(Fault::once(FaultKind::Maintenance));
    assert_eq!(world.get("/limits").await.status, 200, "reading goes on");
    assert_eq!(world.invite(&group, "ana@acme.example").await.status, 400);
}

#[tokio::test]
async fn a_fault_can_hit_the_sign_in_and_the_parts_of_a_composite_request() {
    let world = World::start().await;
    let sign_in = Matching::path("/oauth2/");
    let fault = FaultKind::BadGateway { committed: false };
    world.org.add_fault(Fault::once(fault).matching(sign_in));
    assert_eq!(world.token_for(&world.assertion(|_| {})).await.status, 502);
    assert_eq!(world.token_for(&world.assertion(|_| {})).await.status, 200);

    let reads = Matching::reads_of("UserLicense");
    world.org.add_fault(Fault::once(FaultKind::NoRouting).matching(reads));
    let url = "/services/data/v66.0/query?q=SELECT+Id+FROM+UserLicense";
    let part = json!({ "method": "GET", "url": url, "referenceId": "seats" });
    let body = json!({ "compositeRequest": [part] });
    assert_eq!(world.post("/composite", body.clone()).await.status, 420);
    assert_eq!(world.post("/composite", body).await.status, 200);
}

#[tokio::test]
async fn a_stopped_org_is_gone_and_its_port_is_free() {
    let world = World::start().await;
    let url = format!("{}/services/data", world.simulator.url());
    assert_eq!(send(world.http.get(&url)).await.status, 200);
    let address = world.simulator.url().trim_start_matches("http://").parse().unwrap();
    world.simulator.stop().await;
    // Kept from here on, so that nobody else gets the port and answers.
    let port = TcpSocket::new_v4().unwrap();
    port.set_reuseaddr(true).unwrap();
    port.bind(address).expect("a free port");
    let error = world.http.get(&url).send().await.expect_err("nobody there");
    assert!(error.is_connect() || error.is_request(), "{error:?}");
    assert!(reqwest::Client::new().get(&url).send().await.expect_err("nobody").is_connect());
}
