//! Whether a change of evidence is noticed.

use access::{
    Asked, AuditEntry, Entry, Flaw, OrgAlias, ProjectChange, Subject, digest_of_heads,
    heads_of_run, verify,
};
use proptest::prelude::*;
use ring::digest::{SHA256, digest};
use serde_json::json;

use crate::world::*;

/// A history of versions 1 to `count`.
fn history(count: u64) -> Vec<Entry> {
    let subject = Subject::from_random(7);
    let mut entries: Vec<Entry> = Vec::new();
    for version in 1..=count {
        let transition = transition(version);
        let previous = entries.last().and_then(|it| it.hash.clone());
        let salt = format!("salt {version}");
        entries.push(Entry::seal(&transition, &OrgAlias::default(), &subject, previous, salt));
    }
    entries
}

fn transition(version: u64) -> AuditEntry {
    let mut grant = grant(1, active(-9));
    grant.version = version;
    grant.project_name = Some("Acme".to_owned());
    grant.reason = Some("Ana knows".to_owned());
    grant.message = Some("Dear Ana".to_owned());
    grant.head = Some("the one before".to_owned());
    grant.asked = Some(Asked::new(days(-9), "event-9"));
    AuditEntry {
        grant: grant.id.clone(),
        version,
        at: days(i64::try_from(version).expect("a small number")),
        actor: "arn:aws:sts::1:assumed-role/portal/kim@corp.example".to_owned(),
        cause: "request: invited".to_owned(),
        plan_digest: None,
        answer: Some("INVALID: ana@acme.example".to_owned()),
        closed: Some(ProjectChange {
            closes: true,
            at: days(-1),
            by: Some("kim".to_owned()),
            reason: Some("delivered".to_owned()),
        }),
        state: grant,
    }
}

fn head(entries: &[Entry]) -> Option<&str> {
    entries.last().and_then(|it| it.hash.as_deref())
}

type Change = Box<dyn Fn(&mut Vec<Entry>)>;

fn check(cases: Vec<(&str, Change, Vec<Flaw>)>) {
    let whole = history(5);
    for (name, change, expected) in cases {
        let mut entries = whole.clone();
        change(&mut entries);
        assert_eq!(verify(&entries, head(&whole)), expected, "{name}");
    }
}

#[test]
fn a_change_of_a_history_is_noticed_and_named() {
    let forge = |it: &mut Vec<Entry>| {
        let mut forged = transition(3);
        forged.cause = "never happened".to_owned();
        let subject = Subject::from_random(7);
        let previous = it[1].hash.clone();
        it[2] = Entry::seal(&forged, &OrgAlias::default(), &subject, previous, String::new());
    };
    let cases: Vec<(&str, Change, Vec<Flaw>)> = vec![
        ("nothing", Box::new(|_| {}), vec![]),
        (
            "a word",
            Box::new(|it| it[2].cause = "expired".to_owned()),
            vec![Flaw::Changed { version: 3 }],
        ),
        (
            "the state",
            Box::new(|it| {
                it[2].state.insert("role".to_owned(), json!("manager"));
            }),
            vec![Flaw::Changed { version: 3 }],
        ),
        (
            "a field that nobody knows",
            Box::new(|it| {
                it[0].others.insert("note".to_owned(), json!("trust me"));
            }),
            vec![Flaw::Changed { version: 1 }],
        ),
        (
            "a sponsor",
            Box::new(|it| {
                let personal = it[4].personal.as_mut().unwrap();
                personal.insert("sponsor".to_owned(), "eve@corp.example".to_owned());
            }),
            vec![Flaw::Changed { version: 5 }],
        ),
        ("an entry with its hash", Box::new(forge), vec![Flaw::Changed { version: 3 }]),
    ];
    check(cases);
}

#[test]
fn what_is_removed_reordered_or_added_is_noticed_and_named() {
    let whole = history(5);
    let other = Entry::seal(
        &transition(3),
        &OrgAlias::default(),
        &Subject::from_random(7),
        whole[1].hash.clone(),
        "another salt".to_owned(),
    );
    let old = Entry { subject: None, previous: None, hash: None, ..whole[4].clone() };
    let cases: Vec<(&str, Change, Vec<Flaw>)> = vec![
        (
            "removed at the beginning",
            Box::new(|it| drop(it.remove(0))),
            vec![Flaw::Removed { before: 2 }],
        ),
        (
            "removed in the middle",
            Box::new(|it| drop(it.remove(2))),
            vec![Flaw::Removed { before: 4 }],
        ),
        ("removed at the end", Box::new(|it| drop(it.pop())), vec![Flaw::Cut]),
        ("all removed", Box::new(Vec::clear), vec![Flaw::Cut]),
        ("swapped", Box::new(|it| it.swap(1, 2)), vec![Flaw::Reordered { version: 3 }]),
        (
            "added",
            Box::new(move |it| it.insert(2, other.clone())),
            vec![Flaw::Added { version: 3 }],
        ),
        ("twice", Box::new(|it| it.insert(2, it[1].clone())), vec![Flaw::Added { version: 2 }]),
        (
            "added without a hash",
            Box::new(move |it| it.push(old.clone())),
            vec![Flaw::Unchained { version: 5 }],
        ),
        ("erased", Box::new(|it| it.iter_mut().for_each(Entry::erase)), vec![]),
    ];
    check(cases);
}

#[test]
fn entries_of_older_tables_come_before_the_chain() {
    let mut entries = history(3);
    for old in &mut entries[..2] {
        (old.hash, old.subject, old.previous, old.personal_digest) = (None, None, None, None);
    }
    let (org, subject) = (OrgAlias::default(), Subject::from_random(7));
    entries[2] = Entry::seal(&transition(3), &org, &subject, None, String::new());
    assert_eq!(verify(&entries, head(&entries)), []);
    assert_eq!(verify(&entries[..2], None), []);
    // What was chained has a subject, and what came first comes first.
    let mut stripped = history(3);
    for entry in &mut stripped {
        entry.hash = None;
    }
    assert_eq!(verify(&stripped, None), [1, 2, 3].map(|version| Flaw::Changed { version }));
    entries[0].version = 2;
    assert_eq!(verify(&entries, head(&entries)), [Flaw::Added { version: 2 }]);
}

#[test]
fn what_is_erased_names_nobody_and_is_as_whole_as_before() {
    let mut entry = history(1).remove(0);
    let before = json!(entry).to_string();
    for personal in ["kim@corp.example", "Acme rollout", "Ana knows", "Dear Ana", "ana@acme"] {
        assert!(before.contains(personal), "{personal}");
    }
    assert!(!entry.is_erased());
    entry.erase();
    assert!(entry.is_erased());
    let after = json!(entry).to_string();
    for personal in ["corp.example", "Acme", "Ana", "ana@", "salt"] {
        assert!(!after.contains(personal), "{personal}: {after}");
    }
    assert_eq!(verify(std::slice::from_ref(&entry), entry.hash.as_deref()), []);
}

/// Made by hand, so that the form cannot change unseen: whoever verifies evidence without this crate relies on it.
#[test]
fn the_hash_is_made_over_the_form_that_is_documented() {
    let entry = history(1).remove(0);
    let sha = |text: &str| {
        digest(&SHA256, text.as_bytes())
            .as_ref()
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    };
    let personal = concat!(
        r#"{"actor":"arn:aws:sts::1:assumed-role/portal/kim@corp.example","#,
        r#""answer":"INVALID: ana@acme.example","askedBy":"[\"event-9\"]","closeReason":"delivered","#,
        r#""closedBy":"kim","groupName":"Acme rollout","message":"Dear Ana","#,
        r#""projectName":"Acme","reason":"Ana knows","salt":"salt 1","sponsor":"kim@corp.example"}"#,
    );
    assert_eq!(entry.personal_digest, Some(sha(personal)));
    let state = serde_json::to_string(&entry.state).unwrap();
    assert!(state.starts_with(r#"{"asked":{"at":"2027-01-22T00:00:00Z"},"#), "sorted: {state}");
    let text = format!(
        r#"{{"at":"{}","cause":"request: invited","closedAt":"{}","grant":"{}","org":"main","personalDigest":"{}","state":{state},"subject":"{}","version":1}}"#,
        entry.at,
        days(-1),
        entry.grant,
        sha(personal),
        Subject::from_random(7),
    );
    assert_eq!(entry.hash, Some(sha(&text)));
    let heads = [(grant_id(1), "ab".to_owned())].into();
    assert_eq!(digest_of_heads(&heads), sha(&format!(r#"{{"{}":"ab"}}"#, grant_id(1))));
}

#[test]
fn after_entries_of_the_version_before_a_chain_begins_anew_and_each_is_verified() {
    let mut entries = history(5);
    entries[2] = Entry { hash: None, subject: None, previous: None, ..entries[2].clone() };
    let anew = |version: u64, previous: Option<String>| {
        let (org, subject) = (OrgAlias::default(), Subject::from_random(7));
        Entry::seal(&transition(version), &org, &subject, previous, format!("anew {version}"))
    };
    entries[3] = anew(4, None);
    entries[4] = anew(5, entries[3].hash.clone());
    let unchained = Flaw::Unchained { version: 3 };
    assert_eq!(verify(&entries, head(&entries)), [unchained]);
    for (place, flaw) in [
        (0, Flaw::Removed { before: 2 }),
        (1, Flaw::Removed { before: 3 }),
        (3, Flaw::Removed { before: 5 }),
        (4, Flaw::Cut),
    ] {
        let mut less = entries.clone();
        less.remove(place);
        let mut expected = [flaw, unchained];
        expected.sort_unstable();
        assert_eq!(verify(&less, head(&entries)), expected, "{place}");
    }
    // Between two hashed entries nothing begins anew.
    let mut forged = history(5);
    forged[3] = anew(4, None);
    forged[4] = anew(5, forged[3].hash.clone());
    let added = [1, 2, 3].map(|version| Flaw::Added { version });
    assert_eq!(verify(&forged, head(&forged)), added);
}

#[test]
fn the_heads_of_a_run_are_the_newest_entries_that_name_it() {
    let seal = |number: u8, version: u64, actor: &str, day: i64| {
        let mut transition = transition(version);
        transition.grant = grant_id(number);
        (transition.actor, transition.at) = (actor.to_owned(), days(day));
        Entry::seal(
            &transition,
            &OrgAlias::default(),
            &Subject::from_random(7),
            None,
            String::new(),
        )
    };
    let mut unchained = seal(4, 1, "r-1", 0);
    unchained.hash = None;
    let entries = [
        seal(1, 3, "r-1", 0),
        seal(1, 2, "r-1", 0),
        seal(2, 1, "r-2", 0),
        // The platform repeats a run under the same id, at another instant.
        seal(3, 1, "r-1", 1),
        unchained,
    ];
    let expected = entries[0].hash.clone().map(|hash| (grant_id(1), hash));
    assert_eq!(heads_of_run(&entries, "r-1", days(0)), expected.into_iter().collect());
}

proptest! {
    #[test]
    fn no_history_but_the_one_that_was_recorded_verifies(
        count in 1_u64..8,
        moves in prop::collection::vec((0_u8..4, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
        erased in any::<u8>(),
    ) {
        let whole = history(count);
        let mut entries = whole.clone();
        for (kind, from, to) in moves {
            if entries.is_empty() {
                break;
            }
            let (from, to) = (from.index(entries.len()), to.index(entries.len()));
            match kind {
                0 => drop(entries.remove(from)),
                1 => entries.swap(from, to),
                2 => entries.insert(to, entries[from].clone()),
                _ => entries[from].at = days(100),
            }
        }
        let is_whole = entries == whole;
        for (place, entry) in entries.iter_mut().enumerate() {
            if erased & (1 << (place % 8)) != 0 {
                entry.erase();
            }
        }
        prop_assert_eq!(verify(&entries, head(&whole)).is_empty(), is_whole);
    }
}
