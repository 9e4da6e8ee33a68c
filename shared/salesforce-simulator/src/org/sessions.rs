//! Sign-in by JWT bearer, sessions, and the daily allocation of calls.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{SignInRefusal, certificate};
use crate::id::RecordId;
use crate::options::Options;

/// The longest an assertion may still be good for, in seconds: "exp within 3 minutes", and one
/// more, as clients round up to whole seconds.
const LONGEST_ASSERTION: i64 = 181;

/// A private key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text between the markers is not base64.
    #[error("the key is not a PEM text")]
    Pem(#[source] base64::DecodeError),
    /// The bytes are no RSA key in PKCS#8.
    #[error("the key is no RSA key in PKCS#8")]
    NoRsaKey,
    /// The text is no certificate of an RSA key, and no such public key.
    #[error("there is no RSA key in the certificate")]
    NoCertificate,
}

/// Who may come in, who is in, and how much has been asked.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) client_id: String,
    pub(crate) username: String,
    audiences: Vec<String>,
    /// As far as anybody knows it here.
    private_key: Option<String>,
    public_key: Vec<u8>,
    /// What every sign-in is answered with, if an admin has broken the app.
    pub(crate) refusal: Option<SignInRefusal>,
    session_life: SignedDuration,
    sessions: BTreeMap<String, Timestamp>,
    pub(crate) limit: usize,
    /// When a call was counted, and whether this app made it.
    calls: VecDeque<(Timestamp, bool)>,
    /// What tokens begin with: the org's id.
    token_prefix: String,
    random: fastrand::Rng,
}

#[derive(Debug, Default, Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    prn: Option<String>,
    aud: Option<String>,
    exp: Option<Expiry>,
}

/// Seconds since 1970, which some clients in wide use send as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Expiry {
    Number(i64),
    Text(String),
}

impl Expiry {
    fn seconds(&self) -> Option<i64> {
        match self {
            Self::Number(seconds) => Some(*seconds),
            Self::Text(seconds) => seconds.parse().ok(),
        }
    }
}

impl Access {
    pub(crate) fn new(
        options: &Options,
        organization: RecordId,
        url: String,
    ) -> Result<Self, KeyError> {
        let mut audiences = options.audiences.clone();
        audiences.push(url);
        Ok(Self {
            client_id: options.client_id.clone(),
            username: options.username.clone(),
            audiences,
            private_key: Some(crate::DEMO_KEY.to_owned()),
            public_key: public_key(crate::DEMO_KEY)?,
            refusal: None,
            session_life: options.session_life,
            sessions: BTreeMap::new(),
            limit: options.api_limit,
            calls: VecDeque::new(),
            token_prefix: organization.as_str().chars().take(15).collect(),
            random: fastrand::Rng::with_seed(20_261_123),
        })
    }

    /// The key whose assertions are accepted, unless only its certificate is known.
    pub(crate) fn private_key(&self) -> Option<&str> {
        self.private_key.as_deref()
    }

    /// Accepts assertions of another key from now on, and of this one only.
    pub(crate) fn accept_key(&mut self, private_key: &str) -> Result<(), KeyError> {
        self.public_key = public_key(private_key)?;
        self.private_key = Some(private_key.to_owned());
        Ok(())
    }

    /// Accepts assertions of the key of a certificate from now on, and of this one only.
    pub(crate) fn accept_certificate(&mut self, pem: &str) -> Result<(), KeyError> {
        self.public_key = certificate::public_key(pem).ok_or(KeyError::NoCertificate)?;
        self.private_key = None;
        Ok(())
    }

    /// Checks an assertion and opens a session.
    pub(crate) fn sign_in(
        &mut self,
        assertion: &str,
        now: Timestamp,
    ) -> Result<String, SignInRefusal> {
        let grant = |description| SignInRefusal::new("invalid_grant", description);
        let invalid = || grant("invalid assertion");
        let (signed, signature) = assertion.rsplit_once('.').ok_or_else(invalid)?;
        let (header, claims) = signed.split_once('.').ok_or_else(invalid)?;
        let header: Json = part(header).ok_or_else(invalid)?;
        let claims: Claims = part(claims).ok_or_else(invalid)?;
        if claims.iss.as_ref() != Some(&self.client_id) {
            return Err(SignInRefusal::new("invalid_client_id", "client identifier invalid"));
        }
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| invalid())?;
        let is_rs256 = header.get("alg").and_then(Json::as_str) == Some("RS256");
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key);
        if !is_rs256 || key.verify(signed.as_bytes(), &signature).is_err() {
            return Err(invalid());
        }
        let subject = claims.prn.or(claims.sub).unwrap_or_default();
        if !subject.eq_ignore_ascii_case(&self.username) {
            return Err(grant("user hasn't approved this consumer"));
        }
        let audience = claims.aud.unwrap_or_default();
        if audience == "https://test.salesforce.com" {
            // External Client Apps refuse the host that Spring '26 retired in this way.
            return Err(SignInRefusal::new("app_not_found", "External client app is not found"));
        }
        if !self.audiences.contains(&audience) {
            return Err(grant("audience is invalid"));
        }
        let left =
            claims.exp.and_then(|exp| exp.seconds()).map(|exp| exp.saturating_sub(now.as_second()));
        if !left.is_some_and(|left| (1..=LONGEST_ASSERTION).contains(&left)) {
            return Err(grant("expired authorization code"));
        }
        Ok(self.open_session(now))
    }

    fn open_session(&mut self, now: Timestamp) -> String {
        let secret: String =
            std::iter::repeat_with(|| self.random.alphanumeric()).take(64).collect();
        let token = format!("{}!AQ.{secret}", self.token_prefix);
        self.sessions.insert(token.clone(), now + self.session_life);
        token
    }

    /// Whether a token is good.
    pub(crate) fn is_open(&self, token: &str, now: Timestamp) -> bool {
        self.sessions.get(token).is_some_and(|end| now < *end)
    }

    /// Ends all sessions.
    pub(crate) fn expire_sessions(&mut self) {
        self.sessions.clear();
    }

    /// Counts one call. False if the allocation of the last 24 hours is used up.
    pub(crate) fn count_call(&mut self, now: Timestamp) -> bool {
        let day = SignedDuration::from_hours(24);
        while self.calls.front().is_some_and(|(first, _)| now.duration_since(*first) >= day) {
            self.calls.pop_front();
        }
        let is_left = self.calls.len() < self.limit;
        if is_left {
            self.calls.push_back((now, true));
        }
        is_left
    }

    /// Counts calls that other apps make.
    pub(crate) fn count_foreign_calls(&mut self, count: usize, now: Timestamp) {
        self.calls.extend(std::iter::repeat_n((now, false), count));
    }

    /// Calls counted within the last 24 hours.
    pub(crate) fn used(&self) -> usize {
        self.calls.len()
    }

    /// Those of them that this app made.
    pub(crate) fn used_by_this_app(&self) -> usize {
        self.calls.iter().filter(|(_, is_own)| *is_own).count()
    }

    /// Accepts one more value of `aud`.
    pub(crate) fn accept_audience(&mut self, audience: &str) {
        self.audiences.push(audience.to_owned());
    }
}

/// A base64url part of an assertion as JSON.
fn part<T: serde::de::DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

fn public_key(private_key: &str) -> Result<Vec<u8>, KeyError> {
    let body: String =
        private_key.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).map_err(KeyError::Pem)?;
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| KeyError::NoRsaKey)?;
    Ok(pair.public_key().as_ref().to_vec())
}
