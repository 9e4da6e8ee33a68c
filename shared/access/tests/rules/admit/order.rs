//! Which of two words counts, whatever order they arrive in.

use access::{
    Admission, Ask, Asked, EndReason, Grant, NamedGroup, Policy, Proof, State, Withdrawal,
    Withdrawn, admit, withdraw,
};

use super::printed_admission;
use crate::world::*;

#[test]
fn a_request_older_than_what_the_grant_records_changes_nothing() {
    let taken =
        |at: i64| Grant { asked: Some(Asked::new(days(at), "e-2")), ..grant(1, active(-9)) };
    let ended = |at: i64| State::Ended {
        reason: EndReason::Expired,
        at: days(at),
        steps: vec![],
        version: 5,
        proof: Proof::Proven { at: days(at), rereads: 1 },
    };
    let word = |at: i64| Some(Withdrawn { at: days(at), by: None, reason: None });
    for (case, grant, asked, expected) in [
        ("older than the newest request", taken(-1), -2, "superseded"),
        ("newer than the newest request", taken(-2), -1, "updated:"),
        ("older than the end", Grant { state: ended(-3), ..taken(-5) }, -4, "superseded"),
        ("newer than the end", Grant { state: ended(-3), ..taken(-5) }, -2, "adopted:"),
        (
            "older than the ending",
            Grant { state: ending(EndReason::Expired, -3, &[]), ..taken(-5) },
            -4,
            "superseded",
        ),
        (
            "older than the word that it is over",
            Grant { withdrawn: word(-1), ..taken(-3) },
            -2,
            "superseded",
        ),
        (
            "of the instant of the word that it is over",
            Grant { withdrawn: word(-1), ..taken(-3) },
            -1,
            "superseded",
        ),
        ("newer than the word", Grant { withdrawn: word(-2), ..taken(-3) }, -1, "updated:"),
        ("a grant of the first version", Grant { asked: None, ..taken(0) }, -11, "superseded"),
        ("another project", taken(0).of_project("P-2"), -5, "added:"),
    ] {
        let asked = Ask {
            asked: Asked::new(days(asked), "e-1"),
            sponsor: email("lu@corp.example"),
            ..ask()
        };
        let looked = looked([grant], seen().user(1).member(1, 'a'));
        let admission = admit(&Policy::default(), &looked, &asked, Some(5), &lease(), ACTOR, now());
        if let Admission::Admitted(it) = &admission {
            let grant = &it.customer.grants[&it.grant];
            assert_eq!(
                (grant.asked.as_ref(), &grant.withdrawn),
                (Some(&asked.asked), &None),
                "{case}"
            );
        }
        assert_eq!(printed_admission(&admission), expected, "{case}");
    }
}

#[test]
fn a_withdrawal_takes_the_open_grants_that_it_names_and_nothing_that_was_asked_for_later() {
    let asked = |number, at: i64| Grant {
        asked: Some(Asked::new(days(at), "e-1")),
        ..grant(number, active(-9))
    };
    let grants = || {
        [
            asked(1, -5),
            asked(2, -5).in_group('b'),
            asked(3, -5).of_project("P-2"),
            asked(4, -1).in_group('c'),
            Grant { state: State::Refused { at: days(-1), code: "NO".to_owned() }, ..asked(5, -5) },
        ]
    };
    let named = |project: Option<&str>, group: Option<NamedGroup>| Withdrawal {
        project: project.map(crate::world::project),
        group,
        word: Withdrawn { at: days(-2), by: Some("kim".to_owned()), reason: None },
    };
    for (case, withdrawal, expected) in [
        ("all in the org", named(None, None), "1 2 3"),
        ("a project", named(Some("P-1"), None), "1 2"),
        ("a group by id", named(None, Some(NamedGroup::Id(group('b')))), "2"),
        ("a group by name", named(None, Some(NamedGroup::Name(" GROUP B".to_owned()))), "2"),
        ("nothing", named(Some("P-3"), None), ""),
    ] {
        let customer = looked(grants(), seen()).customer;
        let taken = withdraw(&customer, &withdrawal, ACTOR, now());
        let numbers: Vec<String> = taken
            .iter()
            .flat_map(|(_, audit)| audit)
            .map(|entry| entry.grant.as_str().trim_start_matches('0').to_owned())
            .collect();
        assert_eq!(numbers.join(" "), expected, "{case}");
        let (next, _) = taken.expect("the word is kept");
        let of_project = |id: &str| {
            let group = grant(1, active(-9)).group;
            let since = |at| {
                next.is_withdrawn_since(
                    &crate::world::project(id),
                    &group,
                    &Asked::new(days(at), "e-2"),
                )
            };
            [since(-3), since(-2), since(-1)]
        };
        let is_of =
            |it: &Withdrawal, id: &str| it.project.as_ref().is_none_or(|it| it.as_str() == id);
        for id in ["P-1", "P-3"] {
            let is_named =
                is_of(&withdrawal, id) && case != "a group by id" && case != "a group by name";
            assert_eq!(
                of_project(id),
                [is_named, is_named, false],
                "{case}: an older request for {id}"
            );
        }
        assert_eq!(withdraw(&next, &withdrawal, ACTOR, now()), None, "{case}: a repeat is no news");
        if expected.is_empty() {
            continue;
        }
        assert_eq!(next.due_at(&Policy::default()), Some(days(-2)), "{case}: due at once");
    }
}

#[test]
fn of_withdrawals_the_newest_are_kept_for_as_long_as_an_older_request_may_come() {
    let withdrawal = |project: u32, at: jiff::Timestamp| Withdrawal {
        project: Some(crate::world::project(&format!("P-{project}"))),
        group: None,
        word: Withdrawn { at, by: None, reason: None },
    };
    let mut customer = looked([], seen()).customer;
    for number in 0..40 {
        let at = days(-40 + i64::from(number));
        let withdrawn = withdraw(&customer, &withdrawal(number, at), ACTOR, now());
        (customer, _) = withdrawn.expect("the word is kept");
    }
    let kept: Vec<_> = customer.withdrawn.iter().map(|it| it.at).collect();
    assert_eq!(kept, (-16..0).map(days).collect::<Vec<_>>(), "the newest ones");
    // A later word for the same counts in place of the earlier one, and not the other way round.
    let again = withdraw(&customer, &withdrawal(39, now()), ACTOR, now());
    let (customer, _) = again.expect("it is later");
    assert_eq!(
        (customer.withdrawn.len(), customer.withdrawn.last().map(|it| it.at)),
        (16, Some(now()))
    );
    assert_eq!(withdraw(&customer, &withdrawal(39, days(-1)), ACTOR, now()), None);
    let later = withdraw(&customer, &withdrawal(99, days(60)), ACTOR, days(60));
    let (customer, _) = later.expect("the word is kept");
    let kept: Vec<_> = customer.withdrawn.iter().map(|it| it.at).collect();
    assert_eq!(kept, [now(), days(60)], "the others are too old to matter");
}
