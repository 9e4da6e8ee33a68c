//! Escaping and splitting.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Thing;

impl Row for Thing {
    const OBJECT: &'static str = "Thing";
    const FIELDS: &'static str = "Id, Owner.Name";
}

#[test]
fn reserved_characters_are_escaped_backslash_first() {
    assert_eq!(text("O'Brien \\ 'x'"), r"'O\'Brien \\ \'x\''");
    assert_eq!(text("a\n\r\t\u{8}\u{c}\u{1}\u{85}é"), r"'a\n\r\t\b\f\u0001\u0085é'");
    assert_eq!(text(r"\' OR Name != \'"), r"'\\\' OR Name != \\\''");
}

#[test]
fn conditions_come_before_the_list() {
    let group = Id::parse("0F9000000000001").unwrap();
    let query = Select::<Thing>::new()
        .equals_id("GroupId", &group)
        .and_true("IsOpen")
        .any_of([In::texts("Email", ["a@x.example", "A@x.example", "b@x.example"].into_iter())]);
    assert_eq!(
        pieces(query),
        [format!(
            "SELECT Id, Owner.Name FROM Thing WHERE GroupId = '{group}' AND IsOpen = true AND Email IN \
             ('A@x.example','b@x.example')"
        )]
    );
}

#[test]
fn several_lists_share_pieces_and_none_is_longer_than_an_address_may_be() {
    let ids = |prefix: &str, count: u32| -> Vec<Id> {
        let id = |number| Id::parse(&format!("{prefix}{number:012}")).unwrap();
        (0..count).map(id).collect()
    };
    let query = |users, groups, parents| {
        let lists = [
            In::ids("User", &ids("005", users)),
            In::ids("Group", &ids("0F9", groups)).without("Status", &["Over"]),
            In::ids("Parent", &ids("0Xi", parents)),
        ];
        pieces(Select::<Thing>::new().and_true("IsOpen").any_of(lists))
    };
    let (user, group) = (&ids("005", 1)[0], &ids("0F9", 1)[0]);
    assert_eq!(
        query(1, 1, 0),
        [format!(
            "SELECT Id, Owner.Name FROM Thing WHERE IsOpen = true AND (User IN ('{user}') OR (Group IN ('{group}') AND \
             Status NOT IN ('Over')))"
        )]
    );
    assert!(query(0, 0, 0).is_empty());
    for (users, groups, parents, expected) in [(500, 1, 1, 1), (550, 550, 2, 2), (1_500, 700, 3, 4)]
    {
        let pieces = query(users, groups, parents);
        assert_eq!(pieces.len(), expected, "{users} {groups} {parents}");
        assert!(pieces.iter().all(|piece| encode(piece).len() <= ADDRESS_BYTES));
        let all = pieces.concat();
        assert_eq!(all.matches("'005").count(), users as usize);
        assert_eq!(all.matches("'0F9").count(), groups as usize);
        assert_eq!(all.matches("'0Xi").count(), parents as usize);
    }
}

#[test]
fn a_number_of_rows_is_asked_for_without_rows() {
    let pieces = pieces(Select::<Thing>::new().and_true("IsOpen").count());
    assert_eq!(pieces, ["SELECT COUNT() FROM Thing WHERE IsOpen = true"]);
    assert!(is_count(&pieces[0]) && !is_count("SELECT Count FROM Thing"));
}

#[test]
fn an_empty_list_asks_nothing() {
    assert!(Select::<Thing>::new().one_of_ids("Id", &[]).is_empty());
}

#[test]
fn a_thousand_ids_fit_into_two_pieces() {
    let ids: Vec<Id> =
        (0..1000).map(|number| Id::parse(&format!("005{number:012}")).unwrap()).collect();
    assert_eq!(pieces(Select::<Thing>::new().one_of_ids("Id", &ids)).len(), 2);
}

proptest! {
    #[test]
    fn a_literal_reads_back_as_the_text_and_ends_where_it_should(value in any::<String>()) {
        prop_assert_eq!(read_literal(&text(&value)), Some(value));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_piece_fits_and_every_value_is_in_one(
        values in prop::collection::btree_set("[a-z0-9'\\\\é]{1,80}", 0..600), room in 1_000..15_000_usize
    ) {
        let query = Select::<Thing>::new().any_of([In::texts("Email", values.iter().map(String::as_str))]);
        let mut found = 0;
        for piece in query.into_question().pieces(room) {
            let address = format!("/services/data/v66.0/query?q={}", encode(&piece));
            prop_assert!(address.len() <= room && piece.chars().count() < 100_000);
            found += piece.split("','").count();
            prop_assert!(!piece.contains("()"));
        }
        prop_assert_eq!(found, values.len());
    }
}

#[test]
fn an_address_has_less_room_beside_a_long_token_and_after_a_refusal() {
    let room =
        |token: usize, known| address_bytes(&"t".repeat(token), "https://acme.example", known);
    assert_eq!(room(112, ADDRESS_BYTES), ADDRESS_BYTES);
    assert!(room(1_700, ADDRESS_BYTES) + 1_700 < 15_500);
    assert_eq!(room(112, 7_500), 7_500);
    assert_eq!(room(20_000, ADDRESS_BYTES), 1_000);
    let mut known = ADDRESS_BYTES;
    let mut refusals = 0;
    while let Some(less) = fewer_bytes(known) {
        assert!(less < known);
        (known, refusals) = (less, refusals + 1);
    }
    assert_eq!((known, refusals), (1_000, 4));
}

fn pieces<T>(query: Query<T>) -> Vec<String> {
    query.into_question().pieces(ADDRESS_BYTES)
}

/// Reads a literal as the reference describes it. `None` if it ends early, late or never.
fn read_literal(literal: &str) -> Option<String> {
    let mut characters = literal.strip_prefix('\'')?.chars();
    let mut value = String::new();
    loop {
        match characters.next()? {
            '\'' => return characters.next().is_none().then_some(value),
            '\\' => value.push(match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let digits: String = characters.by_ref().take(4).collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                }
                escaped @ ('\\' | '\'' | '"') => escaped,
                _ => return None,
            }),
            other if other.is_control() => return None,
            other => value.push(other),
        }
    }
}
