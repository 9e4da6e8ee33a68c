//! What Salesforce does not know: a look with full sight tells whether it is gone.

use std::collections::BTreeMap;

use access::{Failure, Outcomes, Step};

use crate::world::*;

#[test]
fn what_is_not_known_is_done_once_a_look_with_full_sight_does_not_show_it() {
    let gone = || seen().user(1);
    for (case, step, code, read, is_done) in [
        ("a place that is gone", remove(1), "NOT_FOUND", gone(), true),
        ("the same by its other code", remove(1), "INVALID_CROSS_REFERENCE_KEY", gone(), true),
        ("an invitation that is gone", cancel('a'), "NOT_FOUND", gone(), true),
        ("a place that is shown", remove(1), "NOT_FOUND", gone().member(1, 'a'), false),
        ("one in another group", remove(1), "NOT_FOUND", gone().member(1, 'b'), true),
        ("an invitation that is shown", cancel('a'), "NOT_FOUND", gone().invited('a'), false),
        ("not all was seen", remove(1), "NOT_FOUND", gone().miscounted(), false),
        ("its group is hidden", remove(1), "NOT_FOUND", gone().hidden_group('a'), false),
        ("a refusal", remove(1), "INSUFFICIENT_ACCESS", gone(), false),
        ("a seat", deactivate(1), "NOT_FOUND", gone(), false),
    ] {
        let other = failure(deactivate(1), "DEPENDENCY_EXISTS");
        let failures = vec![failure(step.clone(), code), other.clone()];
        let failures = BTreeMap::from([(grant_id(1), failures)]);
        let mut outcomes = Outcomes { failures, ..Outcomes::default() };
        outcomes.confirm(&customer([grant(1, active(-9))]), &read);
        let done = outcomes.done.get(&grant_id(1)).is_some_and(|it| it.contains(&step));
        assert_eq!(done, is_done, "{case}");
        assert_eq!(outcomes.failures[&grant_id(1)].len(), if is_done { 1 } else { 2 }, "{case}");
        assert_eq!(outcomes.failures[&grant_id(1)].last(), Some(&other), "{case}");
    }
}

#[test]
fn a_grant_of_which_all_is_confirmed_has_no_failure_and_others_are_left_alone() {
    let unknown = || vec![failure(remove(1), "NOT_FOUND")];
    let failures = BTreeMap::from([(grant_id(1), unknown()), (grant_id(2), unknown())]);
    let mut outcomes = Outcomes { failures, ..Outcomes::default() };
    outcomes.confirm(&customer([grant(1, active(-9))]), &seen().user(1));
    assert_eq!(outcomes.failures, BTreeMap::from([(grant_id(2), unknown())]));
    let passing = Failure { is_refusal: false, ..failure(remove(1), "NOT_FOUND") };
    assert!(!passing.is_of_unknown(), "what may pass says nothing");
}

fn failure(step: Step, code: &str) -> Failure {
    Failure { step, code: code.to_owned(), message: String::new(), is_refusal: true }
}
