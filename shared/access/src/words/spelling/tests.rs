use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
use unicode_normalization::UnicodeNormalization;

use super::{folded, folded_name, has_many_spellings, is_one_name, spellings, sure_parts};

#[test]
fn two_spellings_of_a_name_are_one_name() {
    for (one, other) in [
        ("Acme", " ACME "),
        ("ACMÉ", "acme\u{301}"),
        ("Größe", "GRO\u{308}ẞE"),
        ("ΑΣ", "ας"),
        ("\u{212a}im", "kim"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("İ", "i\u{307}"),
        ("q\u{323}\u{307}", "Q\u{307}\u{323}"),
    ] {
        assert!(is_one_name(one, other), "{one} {other}");
    }
    for (one, other) in
        [("Maße", "Masse"), ("ılık", "ilik"), ("Cafe", "Café"), ("Acme", "\u{ff21}cme"), ("а", "a")]
    {
        assert!(!is_one_name(one, other), "{one} {other}");
    }
}

#[test]
fn case_is_folded_as_unicode_folds_it_letter_by_letter() {
    // Letters of Unicode 17, which the standard library knows and the other table may not.
    let newer = ['\u{a7ce}'..='\u{a7d5}', '\u{16ea0}'..='\u{16ed3}'];
    let mut first: BTreeMap<char, char> = BTreeMap::new();
    for character in '\0'..=char::MAX {
        if newer.iter().any(|it| it.contains(&character)) {
            continue;
        }
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
        class.try_case_fold_simple().expect("the tables are there");
        let least = class.ranges()[0].start();
        let known = *first.entry(folded(character)).or_insert(least);
        assert_eq!(known, least, "{character:?}");
    }
}

#[test]
fn a_name_is_asked_for_in_its_likeliest_spellings() {
    assert_eq!(spellings("Acme rollout"), ["Acme rollout"]);
    let expected = ["Café", "Cafe\u{301}", "CAFÉ", "CAFE\u{301}"];
    let mut asked = spellings("Café");
    asked.retain(|it| expected.contains(&it.as_str()));
    assert_eq!(asked, ["Café", "Cafe\u{301}", "CAFÉ"]);
    assert_eq!(spellings("q\u{307}\u{323}")[0], "q\u{307}\u{323}", "the one that was given");
}

#[test]
fn what_is_sure_of_a_name_is_ascii_that_no_mark_follows() {
    for (name, parts) in [
        ("Acme", vec!["Acme"]),
        ("Éclair Élan", vec!["clair ", "lan"]),
        ("Cafe\u{301} 100%", vec!["Caf", " 100%"]),
        ("q\u{323}a", vec!["a"]),
        ("東京", vec![]),
    ] {
        assert_eq!(sure_parts(name), parts, "{name}");
        assert_eq!(has_many_spellings(name), name != "Acme");
    }
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_names_case_and_form_it_is_found(name in any_name(), changes in prop::collection::vec(0..4_u8, 12)) {
        let cases = changes.iter().cycle();
        let changed: String = name.nfd().zip(cases).map(|(it, change)| match change {
            0 => it.to_lowercase().next().unwrap_or(it),
            1 => it.to_uppercase().next().filter(|_| it.to_uppercase().count() == 1).unwrap_or(it),
            _ => it,
        }).filter(|it| *it != 'ı').collect();
        let name: String = name.nfd().filter(|it| *it != 'ı').collect();
        for form in [changed.clone(), changed.nfc().collect(), changed.nfd().collect()] {
            prop_assert!(is_one_name(&name, &form), "{name:?} {form:?}");
            prop_assert_eq!(folded_name(&folded_name(&form)), folded_name(&form));
            let mut rest = form.to_ascii_lowercase();
            for part in sure_parts(&name) {
                let part = part.to_ascii_lowercase();
                let at = rest.find(&part);
                prop_assert!(at.is_some() || form.contains(['\u{212a}', 'ſ']), "{part:?} of {name:?} is not in {form:?}");
                rest = at.map(|at| rest.split_off(at + part.len())).unwrap_or_default();
            }
        }
        for spelling in spellings(&name) {
            prop_assert!(is_one_name(&name, &spelling), "{name:?} {spelling:?}");
        }
    }
}

fn any_name() -> impl Strategy<Value = String> {
    let letters = vec![
        "a", "B", "é", "e\u{301}", "Ü", "ß", "ẞ", "Σ", "ς", "ﬁ", "ǅ", "한", "が", "東", " ", "%",
        "\u{323}", "İ", "ſ", "\u{1f82}", "Ж",
    ];
    prop::collection::vec(select(letters), 1..8).prop_map(|it| it.concat())
}
