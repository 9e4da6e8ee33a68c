//! What Salesforce means when it refuses a sign-in: the one table from its words to the cause and its fix.

use std::borrow::Cow;

/// A refusal as the token endpoint gives it, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignInRefusal {
    /// Salesforce's `error`, for example `invalid_grant`, in its own spelling.
    pub(crate) error: String,
    /// What its description means, empty where it says nothing that may be shown.
    pub(crate) meaning: Cow<'static, str>,
    /// What becomes of it.
    pub(crate) remedy: Remedy,
}

/// What helps against a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// A person has to change something.
    Fix(&'static str),
    /// The same sign-in may succeed within seconds or minutes.
    Soon,
    /// It may within the hour, and trying it at once makes that later.
    Later,
}

use Remedy::{Fix, Later, Soon};

/// What is known of a cause: words of the description that tell it, what it means, and what helps. Sources: reports of people, as
/// collected in public issues of other clients, and the fixtures of restforce.
struct Cause {
    /// Salesforce's `error` in lower case; empty for any.
    error: &'static str,
    /// What the description contains in lower case; empty for any.
    says: &'static str,
    meaning: &'static str,
    remedy: Remedy,
}

/// The first that fits counts.
const CAUSES: [Cause; 28] = [
    cause("", "login rate exceeded", "login rate exceeded", Later),
    cause("server_error", "", "an error inside Salesforce", Soon),
    cause("temporarily_unavailable", "", "temporarily unavailable", Soon),
    cause("unknown_error", "retry", "an error inside Salesforce", Soon),
    cause(
        "",
        "no client credentials user enabled",
        "no client credentials user enabled",
        Fix("name a run-as user in the flow of the app"),
    ),
    cause("", "inactive user", "inactive user", Fix(INACTIVE_USER)),
    cause("inactive_user", "", "inactive user", Fix(INACTIVE_USER)),
    cause("", "user is inactive", "inactive user", Fix(INACTIVE_USER)),
    cause("", "ip restricted", "ip restricted", Fix(IP_RESTRICTED)),
    cause("", "restricted ip", "ip restricted", Fix(IP_RESTRICTED)),
    cause(
        "",
        "login hours",
        "invalid login hours",
        Fix(
            "take the login hours off the profile of the integration user: Lanyard signs in at any hour",
        ),
    ),
    cause("", "hasn't approved", NOT_APPROVED, Fix(PERMITTED_USERS)),
    cause(
        "",
        "not admin approved",
        "user is not admin approved to access this app",
        Fix(NOT_ADMITTED),
    ),
    cause("invalid_app_access", "", "the app does not admit the user", Fix(NOT_ADMITTED)),
    cause(
        "",
        "audience",
        "audience validation failed",
        Fix(
            "leave audience out of the secret, or put the org's My Domain address there, as in loginUrl",
        ),
    ),
    cause("", "expired authorization code", EXPIRED, Fix(CLOCK)),
    cause("", "assertion expired", EXPIRED, Fix(CLOCK)),
    cause("", "assertion has expired", EXPIRED, Fix(CLOCK)),
    cause("", "assertion is expired", EXPIRED, Fix(CLOCK)),
    cause("", "not approved this consumer", NOT_APPROVED, Fix(PERMITTED_USERS)),
    cause(
        "",
        "invalid assertion",
        "invalid assertion",
        Fix(
            "upload the certificate of the key that privateKey or kmsKeyId in the secret names to the app: it has another one",
        ),
    ),
    cause(
        "",
        "authentication failure",
        "authentication failure",
        Fix("check username in the secret, and that this user is active and may sign in from here"),
    ),
    cause("oauth_app_blocked", "", "the app is blocked in this org", Fix(BLOCKED)),
    cause("app_blocked", "", "the app is blocked in this org", Fix(BLOCKED)),
    cause(
        "app_not_found",
        "",
        "the app is not found or not installed in this org",
        Fix(
            "check that loginUrl leads to the org in which the app is, and install it there; External Client Apps also answer so to an audience of test.salesforce.com: leave audience out of the secret, or put the My Domain address there",
        ),
    ),
    cause("invalid_client_id", "", "client identifier invalid", Fix(CLIENT)),
    cause("invalid_client", "", "client identifier invalid", Fix(CLIENT)),
    cause(
        "unsupported_grant_type",
        "",
        "the app does not offer the flow",
        Fix("enable the JWT bearer flow in the OAuth settings of the app"),
    ),
];

const EXPIRED: &str = "the assertion has expired";
const CLOCK: &str = "look at the clock of the machine that signs in: an assertion lives for two minutes, and Salesforce takes none that lives for longer than three by its own clock";
const NOT_APPROVED: &str = "user hasn't approved this consumer";
const PERMITTED_USERS: &str = "set the app's policy Permitted Users to 'Admin approved users are pre-authorized' with a permission set or profile of the integration user; if it is set so, check username and loginUrl in the secret";
const INACTIVE_USER: &str = "activate or unfreeze the integration user in Setup > Users, or put another one into username of the secret";
const IP_RESTRICTED: &str = "relax the IP restrictions in the policies of the app, or take the login IP ranges off the profile of the integration user";
const NOT_ADMITTED: &str =
    "add a permission set or profile of the integration user to those that the app admits";
const BLOCKED: &str = "unblock the app in Setup > Connected Apps OAuth Usage";
const CLIENT: &str =
    "check clientId in the secret, and that loginUrl leads to the org in which the app is";
const UNKNOWN: &str = "check clientId, username, audience and loginUrl in the secret, the policies of the app, and that its certificate belongs to privateKey or kmsKeyId";

const fn cause(
    error: &'static str,
    says: &'static str,
    meaning: &'static str,
    remedy: Remedy,
) -> Cause {
    Cause { error, says, meaning, remedy }
}

impl SignInRefusal {
    /// Understands Salesforce's `error` and `error_description`. The error is shown as it is where it looks like a word; a description
    /// that nobody knows, which may be in the user's language, is shown where it is made of plain words alone.
    pub(crate) fn of(error: &str, description: &str) -> Self {
        let (error, text) = (error.trim(), plain(description));
        let word = error.to_lowercase();
        let fits =
            |it: &&Cause| (it.error.is_empty() || it.error == word) && text.contains(it.says);
        let known = CAUSES.iter().find(fits);
        let error = if is_word(error) { error } else { "an unknown error" }.to_owned();
        let (meaning, remedy) = match known {
            Some(cause) => (Cow::Borrowed(cause.meaning), cause.remedy),
            None if is_made_of_words(description) => {
                (Cow::Owned(description.trim().to_owned()), Fix(UNKNOWN))
            }
            None => (Cow::Borrowed(""), Fix(UNKNOWN)),
        };
        Self { error, meaning, remedy }
    }

    /// Salesforce's word and what it means, for example `invalid_grant: inactive user`.
    pub(crate) fn cause(&self) -> String {
        let Self { error, meaning, .. } = self;
        if meaning.is_empty() { error.clone() } else { format!("{error}: {meaning}") }
    }
}

/// A description in small letters, however its spaces, hyphens and apostrophes are written.
fn plain(description: &str) -> String {
    let mut text = description.to_lowercase();
    for apostrophe in ["\u{2019}", "`", "&#39;", "&apos;"] {
        text = text.replace(apostrophe, "'");
    }
    let words = text.split(|it: char| it.is_whitespace() || it == '-');
    words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Codes are shown and logged, so text from outside is one only if it looks like one.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=60).contains(&text.len()) && text.bytes().all(is_plain)
}

/// Whether a text holds nothing but words in small letters, so that it can have no name, no address, no number and no link in it.
fn is_made_of_words(text: &str) -> bool {
    let text = text.trim();
    let is_plain = |it: u8| it.is_ascii_lowercase() || matches!(it, b' ' | b'\'' | b',' | b'-');
    (1..=100).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::{CAUSES, Remedy, SignInRefusal};

    #[test]
    fn each_known_refusal_keeps_its_word_and_has_a_fix_of_its_own() {
        for (error, description, meaning, fix) in [
            ("invalid_grant", "inactive user", "inactive user", "activate"),
            ("invalid_grant", "user is inactive", "inactive user", "activate"),
            ("invalid_grant", "ip restricted", "ip restricted", "IP restrictions"),
            ("invalid_grant", "invalid login hours", "invalid login hours", "login hours"),
            (
                "invalid_grant",
                "user hasn't approved this consumer",
                "hasn't approved",
                "Permitted Users",
            ),
            (
                "invalid_grant",
                "user hasn\u{2019}t approved this consumer",
                "hasn't approved",
                "Permitted Users",
            ),
            ("invalid_grant", "audience is invalid", "audience", "audience"),
            ("invalid_grant", "Audience validation failed", "audience", "audience"),
            ("invalid_grant", "expired authorization code", "expired", "clock"),
            ("invalid_grant", "assertion expired", "expired", "clock"),
            ("invalid_grant", "authentication failure", "authentication failure", "username"),
            ("invalid_grant", "invalid assertion", "invalid assertion", "certificate"),
            (
                "invalid_app_access",
                "user is not admin approved to access this app",
                "not admin approved",
                "permission set",
            ),
            ("invalid_client_id", "client identifier invalid", "client identifier", "clientId"),
            ("invalid_client", "invalid client credentials", "client identifier", "clientId"),
            ("app_not_found", "", "not installed", "install"),
            (
                "app_not_found",
                "External client app is not installed in this org",
                "not installed",
                "install",
            ),
            ("OAUTH_APP_BLOCKED", "this app is blocked by admin", "blocked", "unblock"),
            ("unsupported_grant_type", "grant type not supported", "flow", "JWT"),
            ("invalid_request", "no client credentials user enabled", "no client", "run-as"),
        ] {
            let refusal = SignInRefusal::of(error, description);
            assert_eq!(refusal.error, error);
            assert!(refusal.meaning.contains(meaning), "{error}, {description}: {refusal:?}");
            let Remedy::Fix(text) = refusal.remedy else { panic!("{refusal:?}") };
            assert!(text.contains(fix), "{error}, {description}: {text}");
            let upper = SignInRefusal::of(&error.to_uppercase(), &description.to_uppercase());
            assert_eq!(upper.remedy, refusal.remedy, "in upper case");
        }
    }

    #[test]
    fn what_passes_is_told_from_what_somebody_has_to_change() {
        for (error, description, remedy) in [
            ("invalid_grant", "login rate exceeded", Remedy::Later),
            ("invalid_grant", "Login Rate Exceeded", Remedy::Later),
            ("server_error", "unexpected error", Remedy::Soon),
            ("SERVER_ERROR", "", Remedy::Soon),
            ("temporarily_unavailable", "", Remedy::Soon),
        ] {
            assert_eq!(SignInRefusal::of(error, description).remedy, remedy, "{error}");
        }
    }

    #[test]
    fn a_cause_that_nobody_knows_shows_its_own_words_and_nothing_that_is_none() {
        let cause = |error, description| SignInRefusal::of(error, description).cause();
        assert_eq!(cause("NEW_CODE", ""), "NEW_CODE");
        assert_eq!(cause("invalid_grant", "password too old"), "invalid_grant: password too old");
        for hidden in ["user Ana Meyer is not known here", "\u{30a2}\u{30ca}"] {
            assert_eq!(cause("invalid_grant", hidden), "invalid_grant", "{hidden}");
        }
        for hidden in
            ["kim@corp.example is locked", "see https://x", "user 4711", "a\nb", &"a".repeat(101)]
        {
            assert_eq!(cause("invalid_grant", hidden), "invalid_grant");
            assert_eq!(cause(hidden, ""), "an unknown error");
        }
    }

    #[test]
    fn no_cause_is_hidden_by_one_before_it() {
        for (place, cause) in CAUSES.iter().enumerate() {
            let first = CAUSES.iter().position(|it| {
                (it.error.is_empty() || it.error == cause.error) && cause.says.contains(it.says)
            });
            assert_eq!(first, Some(place), "{} {}", cause.error, cause.says);
        }
    }
}
