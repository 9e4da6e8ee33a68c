//! Events that are well-formed and events that are not, for the tests of the parser and of the schemas.

use serde_json::{Value, json};

/// When they arrive.
pub(crate) const NOW: &str = "2027-01-02T00:00:00Z";

/// A well-formed event: detail-type, detail, and what it says: whether it closes, when, by whom and why.
pub(crate) type WellFormed =
    (&'static str, Value, bool, &'static str, Option<&'static str>, Option<&'static str>);

/// An event of this detail-type from this source.
pub(crate) fn event(kind: &str, source: &str, detail: &Value) -> Value {
    json!({
        "id": "e-1", "source": source, "account": "123456789012", "detail-type": kind, "time": "2027-01-01T12:00:00Z",
        "detail": detail,
    })
}

/// Events that are well-formed.
pub(crate) fn well_formed() -> Vec<WellFormed> {
    vec![
        (
            "Project Closed",
            json!({ "projectId": "P-42", "closedAt": "2027-01-01T01:00:00+01:00", "closedBy": "kim", "reason": "done" }),
            true,
            "2027-01-01T00:00:00Z",
            Some("kim"),
            Some("done"),
        ),
        (
            "Project Reopened",
            json!({ "projectId": "P-42", "reopenedAt": "2027-01-01T02:00:00Z", "reopenedBy": "lou" }),
            false,
            "2027-01-01T02:00:00Z",
            Some("lou"),
            None,
        ),
        (
            "Project Closed",
            json!({ "projectId": "P-42", "closedAt": null, "reopenedAt": "2020-01-01T00:00:00Z", "more": [1] }),
            true,
            "2027-01-01T12:00:00Z",
            None,
            None,
        ),
    ]
}

/// Wrong: detail-type, detail, and how the problem's text begins.
pub(crate) fn wrong() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("Project Closed", json!({}), "detail.projectId is missing"),
        ("Project Closed", json!("P-42"), "detail.projectId is missing"),
        ("Project Closed", json!({ "projectId": null }), "detail.projectId is missing"),
        ("Project Closed", json!({ "projectId": 42 }), "detail.projectId must be a text"),
        ("Project Closed", json!({ "projectId": "" }), "detail.projectId "),
        (
            "Project Closed",
            json!({ "projectId": "ungoverned" }),
            "detail.projectId must not be ungoverned",
        ),
        ("Project Closed", json!({ "projectId": "P", "org": "Main" }), "detail.org "),
        ("Project Closed", json!({ "projectId": "P", "org": 1 }), "detail.org must be a text"),
        (
            "Project Closed",
            json!({ "projectId": "P", "closedAt": "2027-01-01T00:00:00" }),
            "detail.closedAt must be an RFC 3339 instant with an offset",
        ),
        (
            "Project Closed",
            json!({ "projectId": "P", "closedAt": "2027-01-01 00:00:00Z" }),
            "detail.closedAt must be an RFC 3339 instant with an offset",
        ),
        (
            "Project Closed",
            json!({ "projectId": "P", "closedAt": "2027-01-01T00:00:00+01:00[Europe/Paris]" }),
            "detail.closedAt must be an RFC 3339 instant with an offset",
        ),
        (
            "Project Reopened",
            json!({ "projectId": "P", "reopenedAt": "soon" }),
            "detail.reopenedAt must be an RFC 3339 instant with an offset",
        ),
        (
            "Project Reopened",
            json!({ "projectId": "P", "reopenedAt": "20270101T00Z" }),
            "detail.reopenedAt must be an RFC 3339 instant with an offset",
        ),
        (
            "Project Closed",
            json!({ "projectId": "P", "closedAt": "2027-01-02T00:05:01Z" }),
            "detail.closedAt must not lie more than five minutes ahead",
        ),
        (
            "Project closed",
            json!({ "projectId": "P" }),
            "detail-type must be Project Closed, Project Reopened or Customer Access Withdrawn",
        ),
        (
            "Continuation",
            json!({ "projectId": "P", "function": "close-project", "attempt": 1 }),
            "detail-type must be Project Closed, Project Reopened or Customer Access Withdrawn",
        ),
    ]
}
