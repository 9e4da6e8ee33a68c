use proptest::prelude::*;
use proptest::sample::select;
use regex_syntax::hir::{Class, HirKind};
use unicode_normalization::is_nfc;

use super::{UncleanText, clean_name, clean_text, is_ignorable};

#[test]
fn what_is_not_seen_by_everybody_is_named_by_its_kind() {
    for (text, problem) in [
        ("a\r\nb", UncleanText::Control),
        ("a\tb", UncleanText::Control),
        ("a\0", UncleanText::Control),
        ("\u{1b}[2J", UncleanText::Control),
        ("a\u{85}b", UncleanText::Control),
        ("a\u{2028}b", UncleanText::Control),
        ("a\u{202e}b", UncleanText::Bidirectional),
        ("a\u{2066}b\u{2069}", UncleanText::Bidirectional),
        ("\u{200f}a", UncleanText::Bidirectional),
        ("a\u{200b}b", UncleanText::Invisible),
        ("a\u{ad}b", UncleanText::Invisible),
        ("\u{feff}a", UncleanText::Invisible),
        ("a\u{e0041}b", UncleanText::Invisible),
        ("a\u{e000}b", UncleanText::Invisible),
        ("a\u{10ffff}b", UncleanText::Invisible),
        ("a\u{ffff}b", UncleanText::Invisible),
        ("a\u{fff9}b", UncleanText::Invisible),
    ] {
        assert_eq!(clean_text(text), Err(problem), "{text:?}");
        assert_eq!(clean_name(&format!("x{text}x")), Err(problem), "{text:?}");
    }
}

#[test]
fn joiners_and_selectors_follow_what_they_join_and_are_in_no_name() {
    for text in [
        "می\u{200c}خواهم",
        "क्\u{200d}ष",
        "ന്\u{200d}",
        "👩\u{200d}🔬",
        "❤\u{fe0f}\u{200d}🔥",
        "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3}",
    ] {
        assert_eq!(clean_text(text).as_deref(), Ok(text), "{text:?}");
        assert_eq!(clean_name(text), Err(UncleanText::Invisible), "{text:?}");
    }
    for text in [
        "\u{200d}a",
        "a\u{200d}b",
        "é\u{200d}\u{200d}é",
        "é\u{200c}\u{fe0f}",
        "é\u{fe0f}\u{fe0f}",
        "1\u{fe0f}",
        " \u{200c}é",
        "\u{3000}\u{200c}é",
        "\u{212a}\u{200d}",
        "é\u{200b}",
    ] {
        assert_eq!(clean_text(text), Err(UncleanText::Invisible), "{text:?}");
    }
}

#[test]
fn a_text_is_kept_in_one_form_and_a_name_without_white_space_around_it() {
    assert_eq!(clean_text(" e\u{301} ").as_deref(), Ok(" é "));
    assert_eq!(clean_text("").as_deref(), Ok(""));
    assert_eq!(clean_name("\r\n Cafe\u{301}\u{3000}").as_deref(), Ok("Café"));
    for blank in ["", " ", "\u{3000}\t", "\u{2800} \u{2800}"] {
        assert_eq!(clean_name(blank), Err(UncleanText::Blank), "{blank:?}");
    }
}

#[test]
fn what_a_reader_ignores_is_what_unicode_says() {
    let parsed = regex_syntax::parse(r"\p{Default_Ignorable_Code_Point}").expect("a class");
    let HirKind::Class(Class::Unicode(class)) = parsed.kind() else { panic!("{parsed:?}") };
    for character in '\0'..=char::MAX {
        let is_in = class.ranges().iter().any(|it| (it.start()..=it.end()).contains(&character));
        assert_eq!(is_ignorable(character), is_in, "{character:?}");
    }
}

proptest! {
    #[test]
    fn a_text_that_is_taken_stays_what_it_is(text in any_text()) {
        if let Ok(clean) = clean_text(&text) {
            prop_assert!(is_nfc(&clean));
            prop_assert!(!clean.contains(char::is_control));
            let refused = ['\u{202e}', '\u{200b}', '\u{2028}', '\u{e000}'];
            prop_assert!(!clean.contains(refused), "{clean:?}");
            prop_assert_eq!(clean_text(&clean), Ok(clean));
        }
        if let Ok(name) = clean_name(&text) {
            prop_assert!(is_nfc(&name) && name.trim() == name && !name.is_empty());
            prop_assert!(!name.contains(|it| char::is_control(it) || is_ignorable(it)));
            prop_assert_eq!(clean_text(&name), Ok(name.clone()));
            prop_assert_eq!(clean_name(&name), Ok(name));
        }
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a", "1", "#", "é", "e\u{301}", "\u{301}", "\u{212a}", "ह", "👩", "❤", " ", "\u{2000}",
        "\u{200d}", "\u{200c}", "\u{fe0f}", "\u{20e3}", "\u{200b}", "\u{202e}", "\n", "\u{958}",
        "\u{1100}", "\u{1161}", "\u{11a8}", "\u{344}", "\u{e000}", "\u{2028}",
    ];
    let common = vec!["a", "é", "e\u{301}", "ह", "👩", "\u{200d}", "\u{fe0f}", " ", "\u{1161}"];
    prop_oneof![
        prop::collection::vec(select(pieces), 0..5).prop_map(|it| it.concat()),
        prop::collection::vec(select(common), 0..8).prop_map(|it| it.concat()),
        any::<String>(),
    ]
}
