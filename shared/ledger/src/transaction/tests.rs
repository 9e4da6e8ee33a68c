use access::{Email, GrantId, OrgAlias, ProjectId};

use super::{Action, Guard, Reason, Unit, actions, interpret, lanes, pack};
use crate::CommitError;
use crate::item;
use crate::key::Key;

#[test]
fn units_are_packed_to_the_brim_and_share_the_check_of_a_project() {
    // 99 actions of their own and one check in common.
    let units: Vec<_> = (0..34).map(|number| Some(unit(number, &["P-1"], 1, 0))).collect();
    let packed = pack(&units);
    assert_eq!(packed, [(0..33).collect::<Vec<_>>(), vec![33]]);
    assert_eq!(actions(&units, &packed[0]).len(), 100);
    assert_eq!(lanes(&units, packed.clone()), [packed]);
}

#[test]
fn large_units_are_packed_by_their_size() {
    let units: Vec<_> = (0..10).map(|number| Some(unit(number, &[], 0, 390_000))).collect();
    assert_eq!(pack(&units), [(0..8).collect::<Vec<_>>(), vec![8, 9]]);
    assert_eq!(lanes(&units, pack(&units)).len(), 2);
}

#[test]
fn units_that_write_the_same_item_go_apart_and_one_after_the_other() {
    let units =
        [Some(unit(1, &[], 1, 0)), None, Some(unit(1, &[], 1, 0)), Some(unit(2, &[], 0, 0))];
    assert_eq!(pack(&units), [vec![0], vec![2, 3]]);
    assert_eq!(lanes(&units, pack(&units)), [vec![vec![0], vec![2, 3]]]);
}

#[test]
fn a_transaction_that_meets_two_lanes_joins_them() {
    let units = [
        Some(unit(1, &["P-1"], 0, 0)),
        Some(unit(2, &["P-2"], 0, 0)),
        Some(unit(3, &["P-1", "P-2"], 0, 0)),
    ];
    let joined = lanes(&units, vec![vec![0], vec![1], vec![2]]);
    assert_eq!(joined, [vec![vec![0], vec![1], vec![2]]]);
}

#[test]
fn a_unit_that_no_transaction_can_hold_is_known_before_it_is_sent() {
    assert!(unit(1, &["P-1"], 97, 0).fits());
    assert!(!unit(1, &["P-1"], 98, 0).fits());
    let (key, _) = customer(1, 0);
    let (_, large) = customer(1, 410_000);
    let result = Unit::new(key, large, 0, String::new());
    assert!(matches!(result, Err(CommitError::TooLarge)));
    let twice = unit(1, &[], 1, 0).put(
        Key::audit(&grant(1), 0),
        item::Item::new(),
        Guard::Append(grant(1)),
    );
    assert!(matches!(twice, Err(CommitError::Recorded(_))));
}

#[test]
fn a_cancellation_says_which_unit_failed_and_which_was_only_in_the_way() {
    const FAILED: &str = "ConditionalCheckFailed";
    let units =
        [Some(unit(1, &["P-1"], 1, 0)), Some(unit(2, &["P-2"], 1, 0)), Some(unit(3, &[], 1, 0))];
    let actions = actions(&units, &[0, 1, 2]);
    // Checks of P-1 and P-2, then for each unit the customer, for two of them the pointer, and the audit entry.
    let with = |failures: &[(usize, &'static str)]| {
        let mut reasons = vec![Reason { code: Some("None"), write: None }; actions.len()];
        for (position, code) in failures {
            reasons[*position].code = Some(code);
        }
        interpret(&units, &actions, &reasons)
    };
    assert_eq!(actions.len(), 10);

    let lost = with(&[(2, FAILED), (4, FAILED)]).unwrap();
    assert!(matches!(
        lost.failed.into_iter().collect::<Vec<_>>()[..],
        [(0, CommitError::Conflict)]
    ));
    let closed = with(&[(1, FAILED), (5, FAILED), (8, "TransactionConflict")]).unwrap();
    assert!(matches!(
        &closed.failed.into_iter().collect::<Vec<_>>()[..],
        [(1, CommitError::ProjectClosed(id))] if id.as_str() == "P-2"
    ));
    assert_eq!(closed.hindered.into_iter().collect::<Vec<_>>(), [2]);
    let recorded = with(&[(9, FAILED)]).unwrap();
    assert!(matches!(recorded.failed.get(&2), Some(CommitError::Recorded(_))));
    let unknown = with(&[(0, "SomethingNew")]).unwrap();
    assert_eq!(unknown.hindered.into_iter().collect::<Vec<_>>(), [0]);
    assert!(with(&[]).is_none());
    assert!(interpret(&units, &actions, &[Reason::default()]).is_none());

    // The second unit's own write is in its way, and the project was closed after it.
    let mut reasons = vec![Reason::default(); actions.len()];
    reasons[1].code = Some(FAILED);
    reasons[5] = Reason { code: Some(FAILED), write: Some("w2") };
    let late = interpret(&units, &actions, &reasons).unwrap();
    assert_eq!((late.done.into_iter().collect::<Vec<_>>(), late.failed.len()), (vec![1], 0));
    reasons[5].write = Some("w9");
    assert_eq!(interpret(&units, &actions, &reasons).unwrap().failed.len(), 1);
}

#[test]
fn the_check_of_a_project_fails_every_unit_that_opens_a_grant_of_it() {
    let units: Vec<_> = (0..3).map(|number| Some(unit(number, &["P-1"], 0, 0))).collect();
    let actions = actions(&units, &[0, 2]);
    assert!(matches!(&actions[0], Action::CheckOpen { units, .. } if units[..] == [0, 2]));
    let mut reasons = vec![Reason::default(); actions.len()];
    reasons[0].code = Some("ConditionalCheckFailed");
    let failed = interpret(&units, &actions, &reasons).unwrap().failed;
    assert_eq!(failed.into_keys().collect::<Vec<_>>(), [0, 2]);
}

/// One customer with a pointer and a check for each project, and so many audit entries.
fn unit(number: u32, projects: &[&str], entries: u64, padding: usize) -> Unit {
    let (key, item) = customer(number, padding);
    let mut unit = Unit::new(key, item, 7, format!("w{number}")).unwrap();
    for project in projects {
        let id = ProjectId::parse(project).unwrap();
        let pointer = Key::project_pointer(&OrgAlias::default(), &id, &email(number));
        unit.put(pointer.clone(), item::of_key(&pointer), Guard::Always).unwrap();
        unit.check_open(Key::project(&OrgAlias::default(), &id), id);
    }
    for version in 0..entries {
        let key = Key::audit(&grant(number), version);
        let item = item::of_key(&key);
        unit.put(key, item, Guard::Append(grant(number))).unwrap();
    }
    unit
}

fn customer(number: u32, padding: usize) -> (Key, item::Item) {
    let key = Key::customer(&OrgAlias::default(), &email(number));
    let mut item = item::of_key(&key);
    item.insert("padding".to_owned(), item::text(&"x".repeat(padding)));
    (key, item)
}

fn email(number: u32) -> Email {
    Email::parse(&format!("c{number}@acme.example")).unwrap()
}

fn grant(number: u32) -> GrantId {
    GrantId::from_random(u128::from(number))
}
