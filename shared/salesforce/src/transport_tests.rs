//! The retry table, as far as `send` follows it.

use super::*;
use crate::{ErrorCode, RecordError};

#[test]
fn what_happens_after_each_failure() {
    use Next::{Doubt, GiveUp, Renew, Repeat};
    // Code, status, after a request that may be repeated, after one that may not.
    let table = [
        ("INVALID_SESSION_ID", 401, Renew, Renew),
        ("UNABLE_TO_LOCK_ROW", 400, Repeat, Repeat),
        ("SERVER_UNAVAILABLE", 503, Repeat, Repeat),
        ("TOO_MANY_APEX_REQUESTS", 400, Repeat, Repeat),
        ("QUERY_TIMEOUT", 400, Repeat, Doubt),
        ("REQUEST_RUNNING_TOO_LONG", 400, Repeat, Doubt),
        ("UNKNOWN_EXCEPTION", 500, Repeat, Doubt),
        ("INTERNAL_ERROR", 500, Repeat, Doubt),
        ("REQUEST_LIMIT_EXCEEDED", 403, GiveUp, GiveUp),
        ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", 400, GiveUp, GiveUp),
        ("INSUFFICIENT_ACCESS_OR_READONLY", 403, GiveUp, GiveUp),
        ("LICENSE_LIMIT_EXCEEDED", 400, GiveUp, GiveUp),
        ("DUPLICATE_VALUE", 400, GiveUp, GiveUp),
        ("MIXED_DML_OPERATION", 400, GiveUp, GiveUp),
        ("GONE", 410, GiveUp, GiveUp),
        ("UNSUPPORTED_API_VERSION", 410, GiveUp, GiveUp),
        ("INVALID_AUTH_HEADER", 401, Renew, Renew),
        ("API_CURRENTLY_DISABLED", 403, GiveUp, GiveUp),
        ("SOME_NEW_CODE", 400, GiveUp, GiveUp),
        ("SOME_NEW_CODE", 500, Repeat, Doubt),
        ("SOME_NEW_CODE", 503, Repeat, Doubt),
        ("SOME_NEW_CODE", 429, GiveUp, GiveUp),
    ];
    for (code, status, repeatable, not_repeatable) in table {
        let error = refused(status, code, "TotalRequests Limit exceeded.");
        assert_eq!(
            after(&error, Repeatable::Yes, Token::Untried, false),
            repeatable,
            "{code} {status}"
        );
        assert_eq!(
            after(&error, Repeatable::No, Token::Untried, false),
            not_repeatable,
            "{code} {status}"
        );
    }
    let concurrent = refused(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn");
    assert_eq!(after(&concurrent, Repeatable::No, Token::Untried, false), Repeat);
}

#[test]
fn a_status_without_a_reason_is_doubtful_where_a_gateway_may_have_given_it() {
    use Next::{Doubt, GiveUp, Renew, Repeat};
    let table = [
        (300, GiveUp, GiveUp),
        (400, GiveUp, GiveUp),
        (401, Renew, Renew),
        (404, GiveUp, GiveUp),
        (414, GiveUp, GiveUp),
        (420, Repeat, Doubt),
        (429, GiveUp, GiveUp),
        (500, Repeat, Doubt),
        (502, Repeat, Doubt),
        (503, Repeat, Doubt),
    ];
    for (status, repeatable, not_repeatable) in table {
        let error = ClientError::Status { status };
        assert_eq!(after(&error, Repeatable::Yes, Token::Untried, false), repeatable, "{status}");
        assert_eq!(
            after(&error, Repeatable::No, Token::Untried, false),
            not_repeatable,
            "{status}"
        );
    }
}

#[test]
fn a_session_is_renewed_once_and_the_last_attempt_is_the_last() {
    let expired = refused(401, "INVALID_SESSION_ID", "");
    assert_eq!(after(&expired, Repeatable::Yes, Token::TriedAgain, false), Next::GiveUp);
    assert_eq!(after(&expired, Repeatable::No, Token::Untried, true), Next::Renew);
    let locked = refused(400, "UNABLE_TO_LOCK_ROW", "");
    assert_eq!(after(&locked, Repeatable::Yes, Token::Untried, true), Next::GiveUp);
}

#[test]
fn a_token_that_is_refused_at_once_is_tried_once_more_and_not_exchanged() {
    let expired = refused(401, "INVALID_SESSION_ID", "");
    assert_eq!(after(&expired, Repeatable::Yes, Token::Fresh, false), Next::Insist);
    let moved = ClientError::Moved { status: 301, host: None };
    assert_eq!(after(&moved, Repeatable::No, Token::Untried, false), Next::Renew);
    assert_eq!(after(&moved, Repeatable::No, Token::Fresh, false), Next::GiveUp);
}

fn refused(status: u16, code: &str, message: &str) -> ClientError {
    let code = ErrorCode::parse(code, message);
    let error = RecordError { code, message: message.to_owned(), fields: Vec::new() };
    ClientError::Refused { status, error }
}
