//! Answers of every kind, from honest ones to bytes.

use hostile::{Changes, changes, json as any_json, text};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::honest::{self, WORDS, next_page};
use super::wire::{After, Written};
use crate::asked::Asked;

/// What the server does about a request, whatever it is.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Honest,
    Spoilt(Changes),
    /// The honest answer, of which every page of rows says this of the next one.
    Page {
        next: Next,
        done: bool,
        total: Value,
    },
    /// To a sign-in: another `instance_url`, with the places of [`filled`].
    Instance(&'static str),
    Framed {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Body,
    },
    /// The honest answer up to here, and a length that it does not have.
    Cut {
        end: Index,
        length: usize,
        after: After,
    },
    Raw(Vec<u8>, After),
}

/// Where the next page is said to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    Missing,
    /// Always another.
    Endless,
    At(&'static str),
}

/// What a framed answer holds.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Honest,
    Refusal(&'static str),
    OAuth(&'static str),
    Text(String),
    Json(Value),
}

/// Codes of refusals; those that prove that nothing was done come first.
const CODES: [&str; 8] = [
    "UNABLE_TO_LOCK_ROW",
    "INVALID_SESSION_ID",
    "REQUEST_LIMIT_EXCEEDED",
    "DUPLICATE_VALUE",
    "MALFORMED_QUERY",
    "UNKNOWN_EXCEPTION",
    "INTERNAL_ERROR",
    WORDS,
];
const PROVING: usize = 5;

impl Answer {
    /// Whether a request that got this answer may have been carried out.
    pub(super) fn may_hide_success(&self) -> bool {
        match self {
            Self::Framed { status, body: Body::Refusal(code), .. } => {
                let proves = CODES[..PROVING].contains(code);
                (100..300).contains(status) || !proves
            }
            Self::Framed { status, .. } => {
                !(300..500).contains(status) || matches!(status, 408 | 420)
            }
            Self::Honest
            | Self::Spoilt(_)
            | Self::Page { .. }
            | Self::Instance(_)
            | Self::Cut { .. }
            | Self::Raw(..) => true,
        }
    }

    /// The bytes of the answer. `number` counts requests.
    pub(super) fn write(&self, asked: &Asked, own: &str, trap: &str, number: usize) -> Written {
        let (status, mut body) = honest::answer(asked, own);
        match self {
            Self::Honest => framed(status, &[], &printed(&body)),
            Self::Spoilt(changes) => framed(status, &[], &printed(&changes.made_to(&body))),
            Self::Page { next, done, total } => {
                set_pages(&mut body, *next, *done, total, number);
                let text = filled(&printed(&body), own, trap);
                framed(status, &[], &text)
            }
            Self::Instance(address) => {
                if let Some(field) = body.get_mut("instance_url") {
                    *field = json!(filled(address, own, trap));
                }
                framed(status, &[], &printed(&body))
            }
            Self::Framed { status, headers, body: other } => {
                let body = match other {
                    Body::Honest => printed(&body),
                    Body::Refusal(code) => {
                        json!([{ "errorCode": code, "message": WORDS, "fields": [WORDS] }])
                            .to_string()
                    }
                    Body::OAuth(word) => {
                        json!({ "error": word, "error_description": WORDS }).to_string()
                    }
                    Body::Text(text) => text.clone(),
                    Body::Json(value) => value.to_string(),
                };
                let headers: Vec<(&str, String)> =
                    headers.iter().map(|(name, value)| (*name, filled(value, own, trap))).collect();
                framed(*status, &headers, &body)
            }
            Self::Cut { end, length, after } => {
                let text = printed(&body);
                let torn = &text.as_bytes()[..end.index(text.len() + 1)];
                let mut bytes =
                    format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n").into_bytes();
                bytes.extend(torn);
                Written { bytes, after: *after }
            }
            Self::Raw(bytes, after) => Written { bytes: bytes.clone(), after: *after },
        }
    }
}

/// The text with addresses in it: the server's own, and that of another with and without its scheme.
fn filled(text: &str, own: &str, trap: &str) -> String {
    let host = trap.trim_start_matches("http://");
    text.replace("{own}", own).replace("{trap}", trap).replace("{host}", host)
}

/// Where an address given by [`Answer::Instance`] leads, if it may lead there.
pub(super) fn leads_to_trap(address: &str) -> bool {
    address.trim().trim_end_matches('/') == "{trap}"
}

fn printed(body: &Value) -> String {
    if body.is_null() { String::new() } else { body.to_string() }
}

fn framed(status: u16, headers: &[(&str, String)], body: &str) -> Written {
    let headers: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (headers, length) = (headers.concat(), body.len());
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n{headers}\r\n");
    Written { bytes: format!("{head}{body}").into_bytes(), after: After::Serve }
}

fn set_pages(body: &mut Value, next: Next, done: bool, total: &Value, number: usize) {
    match body {
        Value::Object(fields) if fields.contains_key("records") && fields.contains_key("done") => {
            fields.insert("done".to_owned(), json!(done));
            fields.insert("totalSize".to_owned(), total.clone());
            let next = match next {
                Next::Missing => return,
                Next::Endless => next_page(number),
                Next::At(place) => place.to_owned(),
            };
            fields.insert("nextRecordsUrl".to_owned(), json!(next));
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                set_pages(field, next, done, total, number);
            }
        }
        Value::Array(list) => {
            for entry in list {
                set_pages(entry, next, done, total, number);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Answers to requests with a token.
pub(super) fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        6 => Just(Answer::Honest),
        10 => changes().prop_map(Answer::Spoilt),
        4 => any_page(),
        8 => any_framed(),
        2 => any_cut(),
        4 => any_raw(),
    ]
}

/// Answers to sign-ins.
pub(super) fn any_sign_in() -> impl Strategy<Value = Answer> {
    let instances = vec![
        "{trap}",
        "{trap}/",
        "{own}",
        "{own}/",
        " {own}\n",
        "{own}/path",
        "{own}?x=1",
        "{own}#x",
        "{own}@{host}",
        "http://x@127.0.0.1:1",
        "http://evil.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "javascript:1",
        "https://",
        "http://",
        "",
        "{own}\\@{host}",
        "http://127.0.0.1.evil.example",
        "http://[::ffff:10.0.0.1]",
        "data:text/plain,{own}",
        "{own}A\u{11800}",
        "https://%41%C3%A9.example",
    ];
    prop_oneof![
        12 => Just(Answer::Honest),
        3 => changes().prop_map(Answer::Spoilt),
        3 => select(instances).prop_map(Answer::Instance),
        2 => any_framed(),
        1 => any_cut(),
        1 => any_raw(),
    ]
}

fn any_page() -> impl Strategy<Value = Answer> {
    let places = vec![
        "/services/data/v66.0/query/01g-0",
        "{trap}/services/data/v66.0/query/01g",
        "//{host}/services/data/",
        "@{host}/services/data/",
        "/services/data/../../secret",
        "/services/data/%2e%2e/%2E%2e/secret",
        "/services/data/.%2e/.%2e/secret",
        "/services/data/\\..\\secret",
        "/services/data/v66.0/query/01g?x=1#y",
        "/services/data/v66.0/query/%00",
        "/secret",
        "",
        "/services/data/\u{feff}",
        "/services/data/v66.0/query/01g\r\nX: y",
        "https://{own}/services/data/",
        ".evil.example/services/data/",
    ];
    let next = prop_oneof![
        1 => Just(Next::Missing),
        1 => Just(Next::Endless),
        8 => select(places).prop_map(Next::At),
    ];
    let totals = vec![
        json!(0),
        json!(1),
        json!(2),
        json!(u64::MAX),
        json!(-1),
        json!(1.5),
        Value::Null,
        json!("1"),
    ];
    (next, prop::bool::weighted(0.2), select(totals)).prop_map(|(next, done, total)| Answer::Page {
        next,
        done,
        total,
    })
}

fn any_framed() -> impl Strategy<Value = Answer> {
    let statuses = vec![
        200_u16, 201, 204, 300, 301, 302, 307, 308, 400, 401, 403, 404, 408, 414, 420, 429, 431,
        500, 502, 503, 504,
    ];
    let status = prop_oneof![4 => select(statuses), 1 => 100..=999_u16];
    let waits = vec![
        "0",
        "1",
        "60",
        "-1",
        "1.5",
        "99999999999",
        "18446744073709551615",
        "18446744073709551616",
        "soon",
        "",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Sun, 31 Feb 2027 00:00:00 +9999",
        "0, 0",
    ];
    let usages = vec![
        "api-usage=18/15000".to_owned(),
        "api-usage=18446744073709551616/0".to_owned(),
        "api-usage=/".to_owned(),
        "api-usage=-1/-1, api-usage=1/0".to_owned(),
        format!("api-usage={}/1", "9".repeat(20_000)),
        ",".repeat(60_000),
    ];
    let places = vec!["{trap}/", "{trap}/services/oauth2/token", "//{host}/", "\u{1}", ""];
    let header = prop_oneof![
        3 => select(waits).prop_map(|it| ("Retry-After", it.to_owned())),
        3 => select(usages).prop_map(|it| ("Sforce-Limit-Info", it)),
        2 => select(places).prop_map(|it| ("Location", it.to_owned())),
        1 => select(vec!["gzip", "identity", "chunked, gzip"]).prop_map(|it| ("Content-Encoding", it.to_owned())),
        1 => Just(("Transfer-Encoding", "chunked".to_owned())),
        1 => select(vec!["0", "7", "-1", "99999999999999999999"]).prop_map(|it| ("Content-Length", it.to_owned())),
        1 => select(vec!["close", "Upgrade"]).prop_map(|it| ("Connection", it.to_owned())),
    ];
    let words = vec!["invalid_grant", "invalid_client_id", "server_error", WORDS, ""];
    let bodies = vec![
        "1e400".to_owned(),
        "{\"done\":true,\"records\":[1e400]}".to_owned(),
        "[".repeat(100_000),
        format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)),
        "{\"done\":false,\"done\":true,\"records\":[],\"records\":[]}".to_owned(),
        "\u{feff}{}".to_owned(),
        "\"\\ud800\"".to_owned(),
    ];
    let body = prop_oneof![
        3 => Just(Body::Honest),
        4 => select(CODES.to_vec()).prop_map(Body::Refusal),
        1 => select(words).prop_map(Body::OAuth),
        1 => text().prop_map(|it| Body::Text(format!("{WORDS}{it}"))),
        1 => select(bodies).prop_map(Body::Text),
        1 => any_json().prop_map(Body::Json),
    ];
    (status, prop::collection::vec(header, 0..3), body)
        .prop_map(|(status, headers, body)| Answer::Framed { status, headers, body })
}

fn any_cut() -> impl Strategy<Value = Answer> {
    let lengths = select(vec![0_usize, 1, 50, 1_000, 100_000_000, usize::MAX]);
    (any::<Index>(), lengths, after()).prop_map(|(end, length, after)| Answer::Cut {
        end,
        length,
        after,
    })
}

fn any_raw() -> impl Strategy<Value = Answer> {
    let pieces = vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.0 200\r\n",
        "HTTP/9.9 200 x\r\n",
        "HTTP/1.1 999999 x\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Transfer-Encoding: chunked\r\n",
        "ffffffffffffffffff\r\n",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "zz\r\n",
        "\r\n",
        "\r\n\r\n",
        "\0",
        ": x\r\n",
        "{\"done\":true,\"records\":[]}",
        WORDS,
        "Set-Cookie: \u{7f}\r\n",
    ];
    let piece = prop_oneof![
        6 => select(pieces).prop_map(|it| it.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    (prop::collection::vec(piece, 0..8), after())
        .prop_map(|(pieces, after)| Answer::Raw(pieces.concat(), after))
}

/// A connection that does not end costs the time of the client's patience.
fn after() -> impl Strategy<Value = After> {
    prop_oneof![16 => Just(After::Close), 1 => Just(After::Hang), 1 => Just(After::Repeat)]
}
