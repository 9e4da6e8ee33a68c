//! From credentials to a token: sign an assertion, and ask with it.

use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::code::may_pass;
use crate::exchange::{Call, NOT_JSON, Raw, is_json};
use crate::key::Key;
use crate::refusal::{Remedy, SignInRefusal};
use crate::request::LEAST_REPEATABLE;
use crate::sign_in::{self, ASSERTION_SECONDS, Granted};
use crate::{Client, ClientError, Disposition, SignInError, SigningError, answer};

/// An assertion that is older than this, in seconds, is not sent once more: what is left of its life must do for the way, and
/// for clocks that differ.
const OLDEST_SECONDS: i64 = ASSERTION_SECONDS / 2;

/// A token request that is signed.
struct Signed {
    form: String,
    at: Timestamp,
}

impl Client {
    /// Asks for a token. A refusal is final; only what passes within seconds is tried again, with the assertion that was signed
    /// first, so that a key service is asked once for one token.
    pub(crate) async fn request_token(&self) -> Result<Granted, ClientError> {
        let url = format!("{}/services/oauth2/token", self.shared.credentials.login_url());
        let mut signed: Option<Signed> = None;
        let mut attempt = 1;
        loop {
            let now = (self.shared.options.clock)();
            let Signed { form, .. } = match signed.take().filter(|it| it.is_fresh(now)) {
                Some(fresh) => signed.insert(fresh),
                None => signed.insert(self.sign(now).await?),
            };
            let (error, wait) = match self.exchange(&Call::token(url.clone(), form)).await {
                Ok(raw) if raw.is_success() && is_json(&raw.body) => {
                    match sign_in::granted(self.shared.credentials.login_url(), &raw.body) {
                        Ok(granted) => return Ok(granted),
                        Err(error) => {
                            (understood(&raw).unwrap_or(ClientError::SignIn(error)), None)
                        }
                    }
                }
                Ok(raw) if raw.is_success() => (NOT_JSON, raw.retry_after),
                Ok(raw) => (refused(&raw), raw.retry_after),
                Err(error) => (error, None),
            };
            tracing::debug!(code = %error.code(), attempt, "a salesforce sign-in failed");
            if error.disposition() != Disposition::Retry || attempt >= self.shared.options.attempts
            {
                return Err(error);
            }
            if !self.pause(attempt, wait).await {
                return Err(self.given_up(error));
            }
            attempt += 1;
        }
    }

    async fn sign(&self, now: Timestamp) -> Result<Signed, ClientError> {
        let assertion = sign_in::assertion(&self.shared.credentials, now);
        let signature = match self.shared.credentials.key() {
            Key::Held { pair, .. } => by_hand(pair, &assertion).map_err(ClientError::SignIn)?,
            Key::Kept { id } => self.by_service(id, &assertion).await?,
        };
        Ok(Signed { form: sign_in::form(assertion, &signature), at: now })
    }

    /// Has the key service sign, within the time of one request.
    async fn by_service(&self, key: &str, assertion: &str) -> Result<Vec<u8>, ClientError> {
        let Some(signer) = &self.shared.options.signer else {
            let fix = "put privateKey into the secret: no key service can be reached from here";
            return Err(ClientError::SignIn(SignInError::Key { code: "NO_KEY_SERVICE", fix }));
        };
        let time = self.time_for(LEAST_REPEATABLE)?;
        match timeout(time, signer.sign(key, assertion.as_bytes())).await {
            Ok(Ok(signature)) => Ok(signature),
            Ok(Err(SigningError::Refused { code, fix })) => {
                Err(ClientError::SignIn(SignInError::Key { code, fix }))
            }
            Ok(Err(SigningError::Unavailable(source))) => Err(ClientError::NotSigned(source)),
            Err(_) if self.deadline.is_some_and(|it| it <= Instant::now()) => {
                Err(ClientError::OutOfTime(None))
            }
            Err(elapsed) => Err(ClientError::NotSigned(elapsed.into())),
        }
    }
}

impl Signed {
    fn is_fresh(&self, now: Timestamp) -> bool {
        (0..=OLDEST_SECONDS).contains(&now.as_second().saturating_sub(self.at.as_second()))
    }
}

fn by_hand(pair: &RsaKeyPair, assertion: &str) -> Result<Vec<u8>, SignInError> {
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), assertion.as_bytes(), &mut signature)
        .map_err(|_| SignInError::Signature)?;
    Ok(signature)
}

/// What an answer other than 2xx means. One in the shape of OAuth says why; one in none is a page for people, which passes, unless
/// there is no sign-in at the address at all.
fn refused(raw: &Raw) -> ClientError {
    let status = raw.status;
    if (301..=399).contains(&status) {
        return ClientError::SignIn(SignInError::Moved { status, host: raw.location.clone() });
    }
    if let Some(error) = understood(raw).filter(|_| !may_pass(status)) {
        return error;
    }
    let error = answer::failure(status, &raw.body);
    if !matches!(error, ClientError::Status { .. }) || may_pass(status) {
        return error;
    }
    if matches!(status, 404 | 410) {
        return ClientError::SignIn(SignInError::Moved { status, host: None });
    }
    ClientError::Page { status }
}

/// What a refusal in the shape of OAuth means, whatever its status.
fn understood(raw: &Raw) -> Option<ClientError> {
    #[derive(Deserialize)]
    struct Answer {
        error: String,
        /// Mostly a text.
        #[serde(default)]
        error_description: Value,
    }
    let Answer { error, error_description } = serde_json::from_slice(&raw.body).ok()?;
    let refusal = SignInRefusal::of(&error, error_description.as_str().unwrap_or_default());
    let cause = refusal.cause();
    Some(match refusal.remedy {
        Remedy::Fix(fix) => ClientError::SignIn(SignInError::Refused { cause, fix }),
        Remedy::Soon => ClientError::PutOff { cause, is_soon: true },
        Remedy::Later => ClientError::PutOff { cause, is_soon: false },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_word_of_oauth_passes_unless_nothing_is_there() {
        let raw = |status, body: &str| Raw {
            status,
            retry_after: None,
            location: Some("new.my.salesforce.com".to_owned()),
            body: body.as_bytes().to_vec(),
        };
        let sorry = "<html>Down for maintenance</html>";
        for status in [400, 401, 403, 404, 410, 418, 500, 503] {
            let error = refused(&raw(status, sorry));
            assert_eq!(error.disposition(), Disposition::Retry, "{status}: {error:?}");
        }
        for status in [400, 401, 403] {
            let error = refused(&raw(status, "<html>Sorry</html>"));
            assert_eq!(error.disposition(), Disposition::Retry, "{status}: {error:?}");
        }
        for status in [301, 302, 307, 308, 404, 410] {
            let error = refused(&raw(status, "<html>Not here</html>"));
            let ready = error.not_ready().unwrap();
            assert_eq!(ready.cause, format!("HTTP_{status}"));
            assert_eq!(ready.fix.contains("new.my.salesforce.com"), status < 400, "{}", ready.fix);
            assert!(ready.fix.contains("loginUrl"));
        }
        let error = refused(&raw(400, r#"[{"errorCode":"SERVER_UNAVAILABLE","message":""}]"#));
        assert_eq!(error.disposition(), Disposition::Retry);
        let error = refused(&raw(500, r#"{"error":"invalid_grant"}"#));
        assert_eq!(error.disposition(), Disposition::Retry, "{error:?}");
    }

    #[test]
    fn a_word_from_outside_is_not_repeated_unless_it_looks_like_one() {
        let body = br#"{"error":"kim@corp.example is unknown"}"#.to_vec();
        let error = refused(&Raw { status: 400, retry_after: None, location: None, body });
        let ClientError::SignIn(error) = error else { panic!("{error:?}") };
        assert!(!error.to_string().contains("kim"), "{error}");
    }
}
