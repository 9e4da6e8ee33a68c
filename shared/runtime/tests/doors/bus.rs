//! What reaches the event bus.

use access::{Announcement, AnnouncementKind, OrgAlias};
use aws_sdk_eventbridge::Client;
use runtime::Bus;
use serde_json::{Value, json};

use crate::door::{self, Asked, Door};

#[tokio::test]
async fn an_announcement_goes_out_with_its_type_and_detail() {
    let door = Door::open(|_, request| async move { take(&request) }).await;
    let announcement = announcement("a-1", "");
    let published = bus(&door).publish(std::slice::from_ref(&announcement)).await;

    assert_eq!(published.ids, ["a-1"]);
    assert_eq!(published.failures.len(), 0);
    let asked = door.asked();
    assert_eq!(asked[0].target, "AWSEvents.PutEvents");
    let entry = asked[0].json()["Entries"][0].clone();
    assert_eq!(entry["Source"], "lanyard");
    assert_eq!(entry["DetailType"], "Customer Invited");
    assert_eq!(entry["EventBusName"], "the-bus");
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, announcement.detail);
}

#[tokio::test]
async fn an_entry_that_the_bus_refuses_stops_no_other() {
    let door = Door::open(|_, request| async move { take(&request) }).await;
    let names = ["a-1", "refused", "a-3"].map(|id| announcement(id, ""));
    let published = bus(&door).publish(&names).await;

    assert_eq!(published.ids, ["a-1", "a-3"]);
    assert_eq!(published.failures.len(), 1);
    assert_eq!(published.failures[0].id, "refused");
    assert_eq!(published.failures[0].code, "ThrottlingException");
}

#[tokio::test]
async fn requests_stay_within_ten_entries_and_256_kilobytes() {
    let door = Door::open(|_, request| async move { take(&request) }).await;
    let mut announcements: Vec<_> =
        (0..12).map(|it| announcement(&format!("s-{it}"), "")).collect();
    announcements.extend((0..3).map(|it| announcement(&format!("l-{it}"), &"x".repeat(100_000))));
    announcements.push(announcement("too-large", &"x".repeat(256 * 1024)));
    let published = bus(&door).publish(&announcements).await;

    let sizes: Vec<_> = door.asked().iter().map(|request| entries(request).len()).collect();
    assert_eq!(sizes, [10, 4, 1]);
    assert_eq!(published.ids.len(), 15);
    assert_eq!(published.failures[0].id, "too-large");
    assert_eq!(published.failures[0].code, "TooLarge");
    assert_eq!(published.failures.len(), 1);
}

#[tokio::test]
async fn a_refused_request_fails_its_entries_and_no_others() {
    let door = Door::open(|before, request| async move {
        let refusal = json!({ "__type": "AccessDeniedException", "message": "no" });
        if before == 0 { door::json(400, &refusal) } else { take(&request) }
    })
    .await;
    let announcements: Vec<_> = (0..11).map(|it| announcement(&format!("a-{it}"), "")).collect();
    let published = bus(&door).publish(&announcements).await;

    assert_eq!(published.ids, ["a-10"]);
    assert_eq!(published.failures.len(), 10);
    assert!(published.failures.iter().all(|it| it.code == "AccessDeniedException"));
}

#[tokio::test]
async fn an_answer_that_names_too_few_entries_leaves_the_others_unpublished() {
    let door = Door::open(|_, _| async {
        door::json(200, &json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "e" }] }))
    })
    .await;
    let published = bus(&door).publish(&["a-1", "a-2"].map(|id| announcement(id, ""))).await;
    assert_eq!(published.ids, ["a-1"]);
    assert_eq!(published.failures[0].code, "Unknown");
}

#[tokio::test]
async fn nothing_to_publish_sends_nothing() {
    let door = Door::open(|_, request| async move { take(&request) }).await;
    assert_eq!(bus(&door).publish(&[]).await, runtime::Published::default());
    assert!(door.asked().is_empty());
}

/// Takes every entry but those whose detail has the id `refused`.
fn take(request: &Asked) -> axum::response::Response {
    let results: Vec<_> = entries(request)
        .iter()
        .map(|entry| {
            if entry["Detail"].as_str().is_some_and(|detail| detail.contains("\"refused\"")) {
                json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "slow down" })
            } else {
                json!({ "EventId": "e" })
            }
        })
        .collect();
    let failed = results.iter().filter(|result| result["ErrorCode"].is_string()).count();
    door::json(200, &json!({ "FailedEntryCount": failed, "Entries": results }))
}

fn entries(request: &Asked) -> Vec<Value> {
    request.json()["Entries"].as_array().expect("entries").clone()
}

fn announcement(id: &str, filling: &str) -> Announcement {
    let at = "2026-11-23T09:00:00Z".parse().expect("an instant");
    let extra = json!({ "filling": filling });
    Announcement::new(id.to_owned(), AnnouncementKind::Invited, &OrgAlias::default(), at, extra)
}

fn bus(door: &Door) -> Bus {
    let http = runtime::http_client(None).expect("an HTTP client");
    let sdk = runtime::local_sdk_config(&http, &door.endpoint, "eu-central-1", "key");
    Bus::new(Client::new(&sdk.expect("a local endpoint")), "the-bus")
}
