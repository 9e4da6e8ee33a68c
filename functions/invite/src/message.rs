//! The message of an invitation, which goes out in a mail of Salesforce to people outside.

use linkify::{LinkFinder, LinkKind};
use unicode_normalization::UnicodeNormalization;

/// Whether the message of a request may have addresses of web pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
}

/// Why a message is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnfitMessage {
    /// It may be taken for HTML: whether the mail escapes it is stated nowhere.
    #[error("must be plain text, without HTML tags and character references")]
    Html,
    /// It leads to a web page.
    #[error(
        "must not contain the address of a web page; the policy's rule for this source may allow links"
    )]
    Link,
}

/// Looks at a clean message.
pub(crate) fn check(message: &str, links: Links) -> Result<(), UnfitMessage> {
    if has_tag(message) || has_reference(message) {
        return Err(UnfitMessage::Html);
    }
    if links == Links::Refused && has_link(message) {
        return Err(UnfitMessage::Link);
    }
    Ok(())
}

/// What a reader of HTML takes for the beginning of a tag, a comment or an instruction.
fn has_tag(text: &str) -> bool {
    text.split('<').skip(1).any(|after| {
        after.starts_with(|first: char| first.is_ascii_alphabetic() || "/!?".contains(first))
    })
}

/// What a reader of HTML takes for a character: `&lt;`, `&#60;`, `&#x3c`.
fn has_reference(text: &str) -> bool {
    text.split('&').skip(1).any(|after| {
        if let Some(number) = after.strip_prefix('#') {
            return number
                .starts_with(|first: char| first.is_ascii_digit() || "xX".contains(first));
        }
        let name = after.split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or_default();
        // Some are read without a semicolon.
        let lower = name.to_ascii_lowercase();
        if ["lt", "gt", "quot", "amp", "nbsp"].iter().any(|it| lower.starts_with(it)) {
            return true;
        }
        !name.is_empty() && after.get(name.len()..).is_some_and(|rest| rest.starts_with(';'))
    })
}

/// Whether a mail's reader may make a link of a part of the text: of an address with a scheme, or of a domain alone. An address of mail
/// is none.
fn has_link(text: &str) -> bool {
    let plain = plain(text);
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(false);
    let is_marked = ["//", "\\\\", "localhost"].iter().any(|mark| plain.contains(mark));
    is_marked
        || has_mail_link(&plain)
        || finder.links(&plain).any(|link| *link.kind() == LinkKind::Url)
}

/// Whether a page is written like an address of mail: with a scheme or a name and password before it, or a path behind it.
fn has_mail_link(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_end_matches([':', '?', '!', '.', ',', ';', ')']);
        let Some((before, domain)) = word.rsplit_once('@') else { return false };
        let leads_on = domain.contains(['/', '?', '#', ':', '\\']);
        leads_on || before.contains([':', '@', '/'])
    })
}

/// The text with every letter as one of ASCII, so that a domain is found in any script, and with every sign that is read as a dot as
/// one. A Chinese or Japanese full stop is one between ASCII alone: after other letters it ends a sentence.
fn plain(text: &str) -> String {
    let seen: Vec<char> =
        text.nfkc().filter(|it| !matches!(it, '\u{200c}' | '\u{200d}' | '\u{fe0f}')).collect();
    let is_ascii =
        |at: Option<usize>| at.and_then(|at| seen.get(at)).is_some_and(char::is_ascii_alphanumeric);
    let plain = |(at, character): (usize, &char)| match *character {
        '\u{3002}' if is_ascii(at.checked_sub(1)) && is_ascii(at.checked_add(1)) => '.',
        letter if !letter.is_ascii() && letter.is_alphanumeric() => 'x',
        other => other,
    };
    seen.iter().enumerate().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::{Links, UnfitMessage, check};

    #[test]
    fn what_may_become_a_link_is_one_and_what_people_write_is_none() {
        for link in [
            "https://evil.example/login",
            "Go to evil.example now",
            "www.evil.example",
            "evil.example/login?x=1",
            "EVIL.EXAMPLE",
            "sub.evil.example:8080",
            "http://10.0.0.1/",
            "10.0.0.1",
            "javascript://x",
            "see(evil.example)",
            "see \u{ff45}vil\u{ff0e}example",
            "evil\u{3002}example",
            "evil\u{ff61}example",
            "пример.рф",
            "münchen.example",
            "भारत.भारत",
            "e\u{ff0e}g\u{ff0e}evil.example",
            "write to kim@corp.example or see corp.example",
            "ht\u{ff54}p\u{ff1a}//x",
            "See //evil.example/login",
            "See https:kim@evil.example",
            "See kim@evil.example/login",
            "See kim@evil.example?x=1",
            "login:acme@evil.example",
            "\\\\evil\\share",
            "localhost:8080/x",
        ] {
            assert_eq!(check(link, Links::Refused), Err(UnfitMessage::Link), "{link}");
            assert_eq!(check(link, Links::Allowed), Ok(()), "{link}");
        }
        for message in [
            "Join us. We start on 1.2.2027 at 10 a.m., e.g. in room 1.5.",
            "Write to kim@corp.example, or to kim@münchen.example.",
            "Wait\u{2026}then join... ok",
            "Version 1.2, z. B. für 3.5 Tage; 2.000,50 Euro",
            "и т.д. и т.п.",
            "参加してください。よろしくお願いします。",
            "Salesforceの参加。Acmeへ",
            "AT&T, R&D: a < b, x<3 & y; 5 > 4 <- here",
            "and/or 24/7",
        ] {
            assert_eq!(check(message, Links::Refused), Ok(()), "{message}");
        }
    }

    #[test]
    fn what_may_be_taken_for_html_is_none_of_plain_text() {
        for html in [
            "<b>", "a</b", "<!--", "<?x", "&lt;", "&#60;", "&#x3c", "&frac12;", "AT&T;x",
            "&ltb&gt", "&LT",
        ] {
            assert_eq!(check(html, Links::Allowed), Err(UnfitMessage::Html), "{html}");
        }
    }
}
