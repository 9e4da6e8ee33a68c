//! What KMS is asked, and what its refusals mean.

use aws_sdk_secretsmanager::config::retry::RetryConfig;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use run::KeyService;
use salesforce::{Signer, SigningError};
use serde_json::{Value, json};

use crate::door::{self, Asked, Door};

const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[tokio::test]
async fn a_signature_is_one_signed_request_that_holds_the_message_and_nothing_else() {
    let answer = json!({ "KeyId": KEY, "Signature": BASE64_STANDARD.encode(b"signature") });
    let (door, service) = open(200, answer).await;
    assert_eq!(door.connections(), 0, "nothing is asked ahead");

    let signature = service.sign(KEY, b"header.claims").await.unwrap();

    assert_eq!(signature, b"signature");
    let [Asked { path, target, authorization, .. }] = &door.asked()[..] else { panic!("one") };
    assert_eq!((path.as_str(), target.as_str()), ("/", "TrentService.Sign"));
    assert!(authorization.contains("/eu-central-1/kms/aws4_request"), "{authorization}");
    assert_eq!(
        door.asked()[0].json(),
        json!({
            "KeyId": KEY,
            "Message": BASE64_STANDARD.encode(b"header.claims"),
            "MessageType": "RAW",
            "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
        })
    );
}

#[tokio::test]
async fn what_a_person_must_mend_is_told_from_what_passes() {
    for (status, code, fix) in [
        (400, "AccessDeniedException", Some("SigningKeyArn")),
        (400, "DisabledException", Some("enable")),
        (400, "NotFoundException", Some("of this region")),
        (400, "InvalidKeyUsageException", Some("SIGN_VERIFY")),
        (400, "KMSInvalidStateException", Some("deletion")),
        (400, "ValidationException", Some("kmsKeyId")),
        (400, "ThrottlingException", None),
        (400, "SomeNewException", None),
        (500, "KMSInternalException", None),
        (500, "KeyUnavailableException", None),
        (503, "DependencyTimeoutException", None),
    ] {
        let (_door, service) = open(status, json!({ "__type": code, "message": "m" })).await;
        match (service.sign(KEY, b"message").await.unwrap_err(), fix) {
            (SigningError::Refused { code: told, fix: advice }, Some(fix)) => {
                assert_eq!(told, code);
                assert!(advice.contains(fix), "{code}: {advice}");
            }
            (SigningError::Unavailable(_), None) => {}
            (error, _) => panic!("{code}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_signature_is_no_refusal() {
    let (_door, service) = open(200, json!({ "KeyId": KEY })).await;
    let error = service.sign(KEY, b"message").await.unwrap_err();
    assert!(matches!(error, SigningError::Unavailable(_)), "{error:?}");
}

/// KMS that always answers the same, and is asked once.
async fn open(status: u16, answer: Value) -> (Door, KeyService) {
    let door = Door::open(move |_, _| {
        let answer = answer.clone();
        async move { door::json(status, &answer) }
    })
    .await;
    let http = runtime::http_client(None).expect("an HTTP client");
    let sdk = runtime::local_sdk_config(&http, &door.endpoint, "eu-central-1", "key");
    let sdk = sdk.expect("a local endpoint").into_builder();
    let sdk = sdk.retry_config(RetryConfig::standard().with_max_attempts(1)).build();
    (door, KeyService::new(sdk))
}
