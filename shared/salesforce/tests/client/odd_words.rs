//! Refusals of a sign-in in forms that nobody has shown yet.

use salesforce::{ClientError, Disposition, SignInError, user};
use serde_json::json;

use crate::server::{Reply, Server, chain, id, token};

#[tokio::test]
async fn a_sign_in_that_is_put_off_by_its_status_passes_whatever_word_it_has() {
    let mut wrong = Vec::new();
    for (status, error, text) in [
        (429, "rate_limit_exceeded", "slow down"),
        (429, "too_many_requests", ""),
        (408, "timeout", ""),
        (420, "unknown", ""),
    ] {
        if let Err(error) = sign_in(status, error, text).await
            && matches!(error, ClientError::SignIn(_))
        {
            wrong.push((status, error.code().into_owned()));
        }
    }
    assert_eq!(wrong, []);
}

#[tokio::test]
async fn what_expired_is_not_always_the_assertion() {
    let mut wrong = Vec::new();
    for (error, text) in [
        ("invalid_grant", "expired access/refresh token"),
        ("invalid_grant", "user's password has expired"),
        ("invalid_grant", "the trial of this organization has expired"),
        ("invalid_client", "client certificate expired"),
    ] {
        let Err(ClientError::SignIn(SignInError::Refused { cause, fix })) =
            sign_in(400, error, text).await
        else {
            panic!("refused")
        };
        if fix.contains("clock") {
            wrong.push((text, cause));
        }
    }
    assert_eq!(wrong, []);
}

#[tokio::test]
async fn descriptions_in_odd_forms_keep_their_cause() {
    let mut wrong = Vec::new();
    for (error, text, expected) in [
        ("invalid_grant", "  Inactive User.  ", "activate"),
        ("invalid_grant", "inactive  user", "activate"),
        ("invalid_grant", "inactive\u{a0}user", "activate"),
        ("invalid_grant", "user hasn&#39;t approved this consumer", "Permitted"),
        ("invalid_grant", "user hasn`t approved this consumer", "Permitted"),
        ("invalid_grant", "user has not approved this consumer", "Permitted"),
        ("invalid_grant", "ip-restricted", "IP restrictions"),
        ("invalid_grant", "IP restricted or invalid login hours", "IP restrictions"),
        (" invalid_client_id ", "", "clientId"),
    ] {
        let Err(ClientError::SignIn(SignInError::Refused { fix, .. })) =
            sign_in(400, error, text).await
        else {
            panic!("refused")
        };
        if !fix.contains(expected) {
            wrong.push(text);
        }
    }
    assert_eq!(wrong, Vec::<&str>::new());
}

#[tokio::test]
async fn a_refusal_whose_description_is_no_text_keeps_its_word() {
    for description in [json!(null), json!(7), json!({ "a": 1 }), json!(["x"])] {
        let body = json!({ "error": "invalid_client_id", "error_description": description });
        let server = Server::start_without_sign_in(move |_| Reply::Json(400, body.clone())).await;
        let error = server.client().sign_in().await.unwrap_err();
        assert!(chain(&error).contains("invalid_client_id"), "{description}: {}", chain(&error));
    }
}

#[tokio::test]
async fn a_refusal_of_oauth_with_status_200_keeps_its_word() {
    let Err(error) = sign_in(200, "invalid_grant", "inactive user").await else {
        panic!("refused")
    };
    assert!(chain(&error).contains("inactive user"), "{}", chain(&error));
}

#[tokio::test]
async fn a_name_in_an_unknown_description_is_not_shown() {
    for text in ["user Ana Meyer is not known here", "Benutzerin Ana Meyer gesperrt"] {
        let Err(error) = sign_in(400, "invalid_grant", text).await else { panic!("refused") };
        assert!(!chain(&error).contains("Meyer"), "{}", chain(&error));
    }
}

#[tokio::test]
async fn an_address_a_number_or_a_link_in_a_refusal_is_not_shown() {
    for text in [
        "ana@acme.example is not known",
        "see https://acme.example",
        "user 4711",
        "a\r\nb",
        "<b>Ana</b>",
        "ana.meyer",
        "\u{202e}evil",
    ] {
        let Err(error) = sign_in(400, text, text).await else { panic!("refused") };
        let told = chain(&error);
        assert!(!told.contains(text) || text == "ana.meyer", "{told}");
    }
}

#[tokio::test]
async fn a_token_is_sent_to_no_host_that_is_not_salesforces() {
    for instance in [
        "https://attacker.example",
        "https://attacker.example/.my.salesforce.com",
        "https://attacker.example#.my.salesforce.com",
        "https://attacker.example?.my.salesforce.com",
        "https://attacker.example\\.my.salesforce.com",
        "https://acme.my.salesforce.com@attacker.example",
        "https://acme.my.salesforce.com:443@attacker.example",
        "https://attackersalesforce.com",
        "https://salesforce.com.attacker.example",
        "https://acme.my.salesforce.com\u{3002}attacker.example",
        "https://[::1]",
        "ftp://acme.my.salesforce.com",
        "http://acme.my.salesforce.com",
        "acme.my.salesforce.com",
        "",
    ] {
        let server = Server::start_without_sign_in(move |asked| {
            if asked.is_sign_in() { Reply::Json(200, token("t", instance)) } else { Reply::Drop }
        })
        .await;
        let error = server.client().sign_in().await.unwrap_err();
        let ready = error.not_ready().map(|it| it.cause);
        assert_eq!(ready.as_deref(), Some("UNEXPECTED_TOKEN_ANSWER"), "{instance}");
    }
}

#[tokio::test]
async fn a_sign_in_that_is_put_off_is_never_a_disposition_of_a_person() {
    for (status, error, text) in [
        (400, "invalid_grant", "LOGIN RATE EXCEEDED"),
        (400, "invalid_grant", "login rate exceeded - inactive user"),
        (403, "server_error", "inactive user"),
        (400, "unknown_error", "retry your request"),
        (401, "Temporarily_Unavailable", ""),
        (503, "invalid_grant", "inactive user"),
    ] {
        let error = sign_in(status, error, text).await.unwrap_err();
        assert!(
            matches!(error.disposition(), Disposition::Retry | Disposition::Later),
            "{text}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_lasting_refusal_of_a_sign_in_costs_one_call_also_for_many_who_wait() {
    let body = json!({ "error": "invalid_grant", "error_description": "inactive user" });
    let server = Server::start_without_sign_in(move |_| Reply::Json(400, body.clone())).await;
    let client = server.client();
    let ask = || client.query(user::by_ids(&[id("005", 1)]));
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    assert!(a.is_err() && b.is_err() && c.is_err());
    assert_eq!(server.sign_ins(), 1);
}

async fn sign_in(status: u16, error: &str, text: &str) -> Result<(), ClientError> {
    let body = json!({ "error": error, "error_description": text });
    let server = Server::start_without_sign_in(move |_| Reply::Json(status, body.clone())).await;
    server.client().sign_in().await
}
