//! What a sweep is asked for.

use access::{OrgAlias, OrganizationId, parse_instant};
use jiff::Timestamp;
use run::{Continuation, Trigger};
use runtime::Envelope;
use serde_json::Value;

/// The options of one sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What set it off.
    pub trigger: Trigger,
    /// Plan and report only.
    pub dry_run: bool,
    /// In a dry run: the instant that counts as now.
    pub at: Option<Timestamp>,
    /// Only this org.
    pub org: Option<OrgAlias>,
    /// The digest of the held endings to carry out.
    pub release: Option<String>,
    /// The org, by its organisation id, that an alias means from now on.
    pub accept: Option<(OrgAlias, OrganizationId)>,
    /// How many continuations came before.
    pub attempt: u32,
    /// Of a continuation: what its chain of runs began with.
    pub origin: Option<String>,
}

/// Why a payload asks for nothing that a sweep does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {expected}")]
pub struct InvalidOptions {
    /// The field.
    pub field: String,
    /// What it must be.
    pub expected: &'static str,
}

impl Options {
    /// What the clock asks for: everything that is due.
    #[must_use]
    pub fn of_the_schedule() -> Self {
        Self::of(Trigger::Schedule)
    }

    fn of(trigger: Trigger) -> Self {
        Self {
            trigger,
            dry_run: false,
            at: None,
            org: None,
            release: None,
            accept: None,
            attempt: 0,
            origin: None,
        }
    }

    /// Reads the options by hand.
    ///
    /// # Errors
    /// [`InvalidOptions`]. An unknown field is one: a misspelt `dryRun` must not become a real run.
    pub fn parse(payload: &Value) -> Result<Self, InvalidOptions> {
        let wrong = |field: &str, expected| InvalidOptions { field: field.to_owned(), expected };
        let fields =
            payload.as_object().ok_or_else(|| wrong("payload", "must be a JSON object"))?;
        let mut options = Self::of(Trigger::Manual);
        for (field, value) in fields {
            match field.as_str() {
                "dryRun" => {
                    options.dry_run =
                        value.as_bool().ok_or_else(|| wrong(field, "must be true or false"))?;
                }
                "at" => {
                    let at = value.as_str().and_then(|text| parse_instant(text).ok());
                    let expected = "must be an RFC 3339 instant with an offset";
                    options.at = Some(at.ok_or_else(|| wrong(field, expected))?);
                }
                "org" => {
                    let org = value.as_str().and_then(|text| OrgAlias::parse(text.trim()).ok());
                    options.org =
                        Some(org.ok_or_else(|| wrong(field, "must be the alias of an org"))?);
                }
                "release" => {
                    let is_digest = |text: &&str| {
                        text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
                    };
                    let digest = value.as_str().filter(is_digest);
                    let expected = "must be the planDigest of a held run";
                    options.release =
                        Some(digest.ok_or_else(|| wrong(field, expected))?.to_owned());
                }
                "acceptOrg" => {
                    let expected =
                        "must be { \"org\": its alias, \"id\": its organisation id, 00D… }";
                    options.accept = Some(accepted(value).ok_or_else(|| wrong(field, expected))?);
                }
                _ => return Err(unknown(field)),
            }
        }
        if options.accept.is_some() && fields.len() > 1 {
            return Err(wrong("acceptOrg", "must be the only option"));
        }
        if options.at.is_some() && !options.dry_run {
            return Err(wrong("at", "is for dry runs only: send dryRun: true too"));
        }
        if options.release.is_some() && (options.dry_run || options.org.is_some()) {
            return Err(wrong("release", "must be the only option"));
        }
        Ok(options)
    }

    /// Reads an event from the queue. Only Lanyard writes there, and only continuations.
    ///
    /// # Errors
    /// [`InvalidOptions`].
    pub fn of_continuation(envelope: &Envelope) -> Result<Self, InvalidOptions> {
        let wrong = |field: &str, expected| InvalidOptions { field: field.to_owned(), expected };
        if envelope.source != "lanyard" || envelope.detail_type != "Continuation" {
            return Err(wrong("detail-type", "must be Continuation, from lanyard"));
        }
        let detail = serde_json::from_value(envelope.detail.clone());
        let continuation: Continuation =
            detail.map_err(|_| wrong("detail", "is not that of a Continuation"))?;
        if continuation.function != "sweep" {
            return Err(wrong("detail.function", "must be sweep"));
        }
        Ok(Self {
            org: continuation.only_org().cloned(),
            attempt: continuation.attempt,
            origin: Some(Continuation::origin_of(&envelope.detail)),
            ..Self::of(Trigger::Continuation)
        })
    }
}

fn accepted(value: &Value) -> Option<(OrgAlias, OrganizationId)> {
    let fields = value.as_object().filter(|it| it.len() == 2)?;
    let org = OrgAlias::parse(fields.get("org")?.as_str()?.trim()).ok()?;
    // Setup shows an id of 15 characters, where 18 are meant.
    let id = salesforce::Id::parse(fields.get("id")?.as_str()?.trim()).ok()?;
    Some((org, OrganizationId::parse(id.as_str()).ok()?))
}

/// A misspelt option is named, and nothing that could be longer than a name or say more.
fn unknown(field: &str) -> InvalidOptions {
    let is_name = field.len() <= 40 && field.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (field, expected) = if is_name && !field.is_empty() {
        (field, "is not an option of a sweep")
    } else {
        ("payload", "has a field that is not an option of a sweep")
    };
    InvalidOptions { field: field.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use access::OrgAlias;
    use runtime::Envelope;
    use serde_json::{Value, json};

    use super::Options;

    #[test]
    fn anything_but_the_options_is_an_error_that_names_the_field() {
        for (payload, expected) in [
            (json!([]), "payload must be a JSON object"),
            (json!({ "dryrun": true }), "dryrun is not an option of a sweep"),
            (
                json!({ "ana@acme.example": true }),
                "payload has a field that is not an option of a sweep",
            ),
            (
                json!({ "x".repeat(100_000): true }),
                "payload has a field that is not an option of a sweep",
            ),
            (json!({ "dryRun": "yes" }), "dryRun must be true or false"),
            (
                json!({ "at": "2027-02-01T00:00:00Z" }),
                "at is for dry runs only: send dryRun: true too",
            ),
            (
                json!({ "dryRun": true, "at": "2027-02-01T00:00:00" }),
                "at must be an RFC 3339 instant with an offset",
            ),
            (
                json!({ "dryRun": true, "at": "2027-02-01 00:00+01" }),
                "at must be an RFC 3339 instant with an offset",
            ),
            (json!({ "org": "Main" }), "org must be the alias of an org"),
            (json!({ "release": "x" }), "release must be the planDigest of a held run"),
            (
                json!({ "release": "0".repeat(64), "dryRun": true }),
                "release must be the only option",
            ),
        ] {
            let error = Options::parse(&payload).expect_err("it is wrong");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn what_set_a_sweep_off_is_not_the_payloads_to_say_and_a_continuation_counts_on() {
        assert_eq!(Options::of_the_schedule().trigger, run::Trigger::Schedule);
        assert_eq!(Options::parse(&json!({})).unwrap().trigger, run::Trigger::Manual);
        let detail = json!({
            "id": "x", "at": "2027-01-01T00:00:00Z", "org": "main", "function": "sweep", "attempt": 2,
        });
        let continuation = Options::of_continuation(&event(&detail)).unwrap();
        assert_eq!((continuation.trigger, continuation.attempt), (run::Trigger::Continuation, 2));
        assert_eq!(continuation.org, Some(OrgAlias::default()));
    }

    #[test]
    fn a_sweep_of_every_org_is_continued_in_every_org() {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        for org in [None, Some(OrgAlias::parse("acme").unwrap())] {
            let asked = run::Continuation::new("sweep", org.clone(), None, 3);
            let detail = asked.announcement("r-1", now).unwrap().detail;
            assert_eq!(Options::of_continuation(&event(&detail)).unwrap().org, org);
        }
    }

    fn event(detail: &Value) -> Envelope {
        let event = json!({
            "id": "e", "source": "lanyard", "account": "123456789012", "detail-type": "Continuation",
            "time": "2027-01-01T00:00:00Z", "detail": detail,
        });
        Envelope::parse(&event).unwrap()
    }
}

#[cfg(test)]
#[path = "options_properties.rs"]
mod properties;
