//! Texts.

use proptest::prelude::*;
use proptest::sample::select;

/// What looks like syntax somewhere, is not seen, or is taken for something else.
const PIECES: [&str; 56] = [
    "'",
    "\"",
    "\\",
    "\\'",
    "\\\\",
    "\\u0027",
    "\\u005C",
    "\\n",
    "\\N",
    "%",
    "_",
    "\\%",
    "%27",
    "%00",
    "%2e%2e",
    "+",
    "&",
    "=",
    "#",
    "?",
    "/",
    "..",
    "--",
    ";",
    ",",
    "(",
    ")",
    "') OR (Name != '",
    " AND ",
    "${jndi}",
    "{",
    "}",
    "[",
    "<b>",
    "null",
    "\0",
    "\u{1}",
    "\u{8}",
    "\t",
    "\n",
    "\r\n",
    "\u{c}",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{301}",
    "e\u{301}",
    "é",
    "İ",
    "\u{212a}",
    "ſ",
    "ß",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
];

/// More of the same, which are rare.
const RARE_PIECES: [&str; 8] = [
    "\u{3000}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
    "🚀",
    "👩\u{200d}🔬",
    "\u{1d11e}",
];

/// Any text, and often one of which some reader makes something else.
pub fn text() -> BoxedStrategy<String> {
    let piece = prop_oneof![
        6 => select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => select(RARE_PIECES.to_vec()).prop_map(str::to_owned),
        3 => "[a-zA-Z0-9 @.-]{0,6}",
        1 => any::<char>().prop_map(String::from),
    ];
    let pieces = prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat());
    let lengths = vec![
        15_usize, 18, 32, 33, 40, 41, 64, 80, 81, 128, 129, 200, 255, 256, 1_000, 1_001, 20_000,
    ];
    let long = (select(PIECES.to_vec()), select(lengths)).prop_map(|(it, times)| it.repeat(times));
    prop_oneof![12 => pieces, 4 => any::<String>(), 1 => long].boxed()
}

/// What may be meant as an address, and seldom is one.
pub fn address() -> BoxedStrategy<String> {
    let part = || {
        prop_oneof![
            4 => "[a-cA-C]{1,3}",
            1 => "[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,12}",
            1 => "[a-z]{24,66}",
            1 => text(),
        ]
    };
    let end = || {
        select(vec![
            "", "", "", " ", "\t", "\u{a0}", "\u{85}", "\u{3000}", "\u{feff}", "\u{200b}", ".",
            "\0",
        ])
    };
    let composed = (
        end(),
        part(),
        select(vec!["@", "@", "@", "@", "@@", " @", ""]),
        part(),
        select(vec![".example", ".x", "", ".", ".中"]),
        end(),
    )
        .prop_map(|(before, local, at, domain, top, after)| {
            format!("{before}{local}{at}{domain}{top}{after}")
        });
    let long = (76..86_usize, end()).prop_map(|(length, after)| {
        let address = format!("{}@{}.example", "a".repeat(60), "b".repeat(length - 69));
        address + after
    });
    prop_oneof![12 => composed, 1 => long].boxed()
}

/// Whether a text is written as all contracts write an instant, as far as its form goes: nothing that only some parsers take.
#[must_use]
pub fn is_written_as_an_instant(text: &str) -> bool {
    let has_letter = || text.as_bytes()[10].eq_ignore_ascii_case(&b'T');
    text.len() >= 20 && text.is_ascii() && has_letter() && !text.contains(['[', ' ', ','])
}

/// What may be meant as an instant: of any year, day, second and offset, in nearly the right form.
pub fn instant() -> BoxedStrategy<String> {
    let years = vec!["0000", "9999", "-0001", "-9999", "+002027", "99999", "２０２７", ""];
    let year = prop_oneof![
        6 => Just("2027".to_owned()),
        2 => "[0-9]{4}",
        1 => select(years).prop_map(str::to_owned),
    ];
    let date = select(vec![
        "-01-02", "-01-02", "-02-01", "-12-31", "-02-29", "-02-30", "-13-01", "-00-00", "0201",
        "-W05-1", "-032", "-1-2", "",
    ]);
    let between = select(vec!["T", "T", "T", "T", "t", " ", "_", "T ", ""]);
    let time = select(vec![
        "00:00:00", "00:00:00", "12:34:56", "23:59:59", "23:59:60", "12:00:60", "24:00:00",
        "00:00:61", "12:00", "12", "120000", "1:2:3", "",
    ]);
    let fraction =
        select(vec!["", "", "", ".0", ".123456789", ".1234567890123", ",5", ".", ".-1", ".5.5"]);
    let offset = select(vec![
        "Z",
        "Z",
        "Z",
        "z",
        "+00:00",
        "-00:00",
        "+01:00",
        "-23:59",
        "+24:00",
        "+25:59",
        "+26:00",
        "+01:60",
        "+0100",
        "+01",
        "+01:00:30",
        "\u{2212}01:00",
        "",
        "Z[UTC]",
        "+01:00[Europe/Paris]",
        "[!u-ca=iso8601]",
        " Z",
        "ZZ",
        "UTC",
    ]);
    let told = (year, date, between, time, fraction, offset).prop_map(
        |(year, date, between, time, fraction, offset)| {
            format!("{year}{date}{between}{time}{fraction}{offset}")
        },
    );
    prop_oneof![8 => told, 1 => text()].boxed()
}
