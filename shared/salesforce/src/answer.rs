//! What answers say, in whatever shape they come.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::{ClientError, ErrorCode, RecordError};

/// Longest text of Salesforce's that is kept.
const MESSAGE_CHARACTERS: usize = 1000;
/// Most names of fields that are kept.
const FIELDS: usize = 20;

/// What an answer with a status other than 2xx means.
pub(crate) fn failure(status: u16, body: &[u8]) -> ClientError {
    let reason = serde_json::from_slice(body).ok().and_then(|body| first_error(&body));
    match reason {
        Some(error) => ClientError::Refused { status, error },
        None if (400..=403).contains(&status) && denies_token(body) => {
            let error = RecordError {
                code: ErrorCode::InvalidSessionId,
                message: String::new(),
                fields: Vec::new(),
            };
            ClientError::Refused { status, error }
        }
        None if (400..=499).contains(&status) && is_about_maintenance(body) => {
            ClientError::Page { status }
        }
        None => ClientError::Status { status },
    }
}

/// Longest body without a reason in JSON in which words are looked for.
const PAGE_BYTES: usize = 64 * 1024;

/// Whether a body in no shape of the REST API says that the token is not valid at this host: in plain text, as XML, or as OAuth words it.
fn denies_token(body: &[u8]) -> bool {
    let words = ["bad_oauth_token", "missing_oauth_token", "invalid_token", "invalid_session_id"];
    mentions(body, &words)
}

/// Whether a page for people speaks of maintenance, whatever its status.
pub(crate) fn is_about_maintenance(body: &[u8]) -> bool {
    mentions(body, &["maintenance"])
}

fn mentions(body: &[u8], words: &[&str]) -> bool {
    let body = body.get(..PAGE_BYTES).unwrap_or(body).to_ascii_lowercase();
    let has = |word: &&str| body.windows(word.len()).any(|it| it == word.as_bytes());
    words.iter().any(has)
}

/// The first error in either of the two shapes: `[{errorCode, message, fields}]` for a request, and
/// `{success: false, errors: [{statusCode, message, fields}]}` for a record.
pub(crate) fn first_error(body: &Value) -> Option<RecordError> {
    let entry = match body {
        Value::Array(entries) => entries.first()?,
        Value::Object(fields) => match fields.get("errors") {
            Some(errors) => errors.as_array()?.first()?,
            None => body,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    let code = entry.get("errorCode").or_else(|| entry.get("statusCode"))?.as_str()?;
    let message = entry.get("message").and_then(Value::as_str).unwrap_or_default();
    let fields = entry.get("fields").and_then(Value::as_array).into_iter().flatten();
    Some(RecordError {
        code: ErrorCode::parse(code, message),
        message: message.chars().take(MESSAGE_CHARACTERS).collect(),
        fields: fields
            .filter_map(Value::as_str)
            .filter(|field| is_field(field))
            .take(FIELDS)
            .map(str::to_owned)
            .collect(),
    })
}

/// Names of fields are shown and logged, so text from outside is one only if it looks like one.
fn is_field(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// Reads an entry of `Sforce-Limit-Info`, such as `api-usage=18/15000; per-app-api-usage=17/250(appName=sample)`: used and allowed. The
/// entries may be separated by anything, in any order.
pub(crate) fn limit(header: &str, entry: &str) -> Option<(u64, u64)> {
    // What is in parentheses is a name, which somebody else has chosen.
    let header: String =
        header.split('(').map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect();
    let is_inside = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
    let starts = header.match_indices(entry).map(|(start, _)| header.split_at(start));
    let (_, found) = starts.into_iter().find(|(before, _)| !before.ends_with(is_inside))?;
    let numbers = found.strip_prefix(entry)?.trim_start().strip_prefix('=')?;
    let (used, rest) = numbers.split_once('/')?;
    let rest = rest.trim_start();
    let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
    Some((used.trim().parse().ok()?, rest.get(..end)?.parse().ok()?))
}

/// Reads `Retry-After`: seconds, or a date.
pub(crate) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Disposition;

    #[test]
    fn both_error_shapes_are_read() {
        let request = include_bytes!("../tests/fixtures/malformed_id_request.json");
        let record = include_bytes!("../tests/fixtures/malformed_id_record.json");
        for (body, fields) in [(&request[..], vec!["Id".to_owned()]), (record, vec![])] {
            let ClientError::Refused { status: 400, error } = failure(400, body) else {
                panic!("not read");
            };
            assert_eq!((error.code, error.fields), (ErrorCode::MalformedId, fields));
        }
        let expired = include_bytes!("../tests/fixtures/expired_session.json");
        assert_eq!(failure(401, expired).disposition(), Disposition::Reauthenticate);
    }

    #[test]
    fn a_body_of_any_other_kind_leaves_the_status() {
        let oauth = include_bytes!("../tests/fixtures/invalid_grant.json");
        let bodies: [&[u8]; 9] = [
            oauth,
            b"",
            b"<html><h1>502 Bad Gateway</h1></html>",
            b"[]",
            b"[[]]",
            b"{\"errors\":{}}",
            b"[{\"errorCode\":7}]",
            b"\xff\xfe",
            b"null",
        ];
        for body in bodies {
            let error = failure(502, body);
            assert!(matches!(error, ClientError::Status { status: 502 }), "{error:?}");
        }
    }

    #[test]
    fn an_error_shows_its_code_and_not_its_text() {
        let body = br#"[{"message":"ana@acme.example is taken","errorCode":"DUPLICATE_VALUE"}]"#;
        let error = failure(400, body);
        let shown = format!("{error}, {}, {error:?}", std::error::Error::source(&error).unwrap());
        assert!(shown.contains("DUPLICATE_VALUE") && !shown.contains("ana@"), "{shown}");
    }

    #[test]
    fn what_is_no_name_of_a_field_is_not_shown_as_one() {
        let body =
            br#"[{"errorCode":"X","fields":["ana@acme.example","Owner.Is_Active__c","",7]}]"#;
        let error = first_error(&serde_json::from_slice(body).unwrap()).unwrap();
        assert_eq!(error.fields, ["Owner.Is_Active__c"]);
        let many = serde_json::json!([{ "errorCode": "X", "fields": vec!["Id"; 10_000] }]);
        assert_eq!(first_error(&many).unwrap().fields.len(), FIELDS);
    }

    #[test]
    fn the_limit_header_is_read_with_and_without_further_entries() {
        let both = |header: &str| (limit(header, "api-usage"), limit(header, "per-app-api-usage"));
        assert_eq!(both("api-usage=10018/100000"), (Some((10018, 100_000)), None));
        for separator in [", ", "; ", ";", " ", "|", "\t", " & "] {
            let app = "per-app-api-usage=17/250(appName=sample)";
            for header in [
                format!("api-usage=18/5000{separator}{app}"),
                format!("{app}{separator}api-usage=18/5000"),
                format!("x=1{separator}{app}{separator}api-usage = 18 / 5000{separator}y=2"),
            ] {
                assert_eq!(both(&header), (Some((18, 5000)), Some((17, 250))), "{header}");
            }
        }
        for header in ["api-usage=many", "api-usage=1", "my-api-usage=1/2", "api-usages=1/2", ""] {
            assert_eq!(limit(header, "api-usage"), None, "{header}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp::from_second(784_111_777).unwrap(); // Sun, 06 Nov 1994 08:49:37 GMT
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        let ahead = retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now);
        assert_eq!(ahead, Some(Duration::from_secs(30)));
        let past = retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now);
        assert_eq!(past, Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
