//! Texts in which `*` stands for any characters.

/// Characters that a pattern may have: more than any name that it is compared with.
const MAXIMUM_LENGTH: usize = 256;

/// A text in which `*` stands for any characters, also for none. Everything else stands for itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern, without the white space around it; `None` where nothing is left, or more than anybody means.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = !text.is_empty() && !text.contains(char::is_control);
        (is_plain && text.chars().count() <= MAXIMUM_LENGTH).then(|| Self(text.to_owned()))
    }

    /// Whether the whole text is what the pattern says.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut pieces = self.0.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(last) = pieces.next_back() else { return rest.is_empty() };
        // The leftmost place leaves most room for the pieces behind it.
        for piece in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last)
    }

    /// How much it says: of two patterns that match, the one that says more is meant.
    pub(super) fn weight(&self) -> (bool, usize) {
        (!self.0.contains('*'), self.0.chars().filter(|it| *it != '*').count())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_stands_for_any_characters_and_all_else_for_itself() {
        for (pattern, text, matches) in [
            ("main", "main", true),
            ("main", "main2", false),
            ("main", "amain", false),
            ("*", "", true),
            ("*", "anything at all", true),
            ("P-*", "P-42", true),
            ("P-*", "P-", true),
            ("P-*", "XP-42", false),
            ("*-eu", "acme-eu", true),
            ("*-eu", "acme-eu-west", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("a**b", "ab", true),
            ("*a*", "bab", true),
            ("*é*", "caféx", true),
            ("a.c", "abc", false),
            ("[ab]", "a", false),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn nothing_and_too_much_is_no_pattern() {
        for text in ["", " ", "a\nb", "\u{0}", &"a".repeat(257)] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
        assert_eq!(Pattern::parse(" P-* ").unwrap().as_str(), "P-*");
    }

    #[test]
    fn what_says_more_weighs_more() {
        let weight = |text| Pattern::parse(text).unwrap().weight();
        assert!(
            weight("corp") > weight("corp.projects*"),
            "what is exact is meant before all else"
        );
        assert!(weight("corp.*") > weight("c*"));
        assert!(weight("c*") > weight("*"));
    }

    proptest::proptest! {
        #[test]
        fn a_pattern_made_of_a_text_matches_it(text in "[a-c*]{1,12}", from in 0..12_usize, length in 0..12_usize) {
            let text = text.replace('*', "x");
            let (from, to) = (from.min(text.len()), (from + length).min(text.len()));
            let pattern = format!("{}*{}", &text[..from], &text[to..]);
            proptest::prop_assert!(Pattern::parse(&pattern).unwrap().matches(&text), "{} {}", pattern, text);
        }
    }
}
