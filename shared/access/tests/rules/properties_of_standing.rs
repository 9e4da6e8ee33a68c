//! What holds while something may be under way for a customer, and after anything that may become of a run.

use std::collections::BTreeSet;

use access::{
    Admission, Brake, Customer, Lease, Looked, Observed, Outcomes, Plan, Policy, Reason, SETTLING,
    Standing, Step, Verdict, admit, decide,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::world::*;

/// A customer who is unclear or busy at the instant at which they are looked at.
fn any_under_way() -> impl Strategy<Value = Looked> {
    (any_looked(), any::<bool>()).prop_map(|(looked, is_busy)| {
        let until = minutes(1);
        let mut customer = looked.customer;
        if is_busy {
            customer.busy = Some(Lease::from_random(1, until));
        } else {
            customer.unclear_until = Some(until);
        }
        Looked { customer, ..looked }
    })
}

fn planned(looked: &Looked, closed: &BTreeSet<access::ProjectId>) -> Plan {
    decide(&Policy::default(), std::slice::from_ref(looked), closed, Brake::Armed, now())
}

/// What becomes of each step, drawn at random: done, failed for certain, or lost and perhaps done.
fn with_luck(mut luck: u64) -> impl FnOnce(&Plan, &Customer, &mut Observed) -> Outcomes {
    move |plan, customer, observed| {
        let mut outcomes = Outcomes::default();
        for grant in customer.grants.values() {
            let Some(decision) = plan.decisions.get(&grant.id) else { continue };
            for step in &decision.steps {
                let (is_done, is_told) = (luck & 1 == 1, luck & 2 == 2);
                luck = luck.rotate_right(2);
                let is_this =
                    |id: &access::GrantId, it: &Step| *id == grant.id && it == step && is_done;
                let mut told = Outcomes::default();
                carry_out(plan, customer, observed, &mut told, is_this);
                if is_told {
                    outcomes.invited.extend(told.invited);
                    outcomes.unfrozen.extend(told.unfrozen);
                    for (id, steps) in told.done {
                        outcomes.done.entry(id).or_default().extend(steps);
                    }
                } else {
                    outcomes.unclear.insert(grant.id.clone());
                }
            }
        }
        outcomes
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, rng_seed: RngSeed::Fixed(2028), ..ProptestConfig::default() })]

    #[test]
    fn while_something_is_under_way_access_is_taken_away_and_nothing_else_is_done_or_concluded(looked in any_under_way(), closed in any_closed()) {
        let plan = planned(&looked, &closed);
        for (id, decision) in &plan.decisions {
            let is_ending = decision.verdict == Verdict::End;
            prop_assert!(decision.verdict != Verdict::Prove, "{plan}");
            prop_assert!(is_ending || decision.steps.is_empty(), "{plan}");
            let takes = |step: &Step| matches!(step, Step::CancelInvitation { .. } | Step::RemoveMember { .. } | Step::Deactivate { .. });
            prop_assert!(decision.steps.iter().all(takes), "{plan}");
            let is_open = looked.customer.grants[id].is_open();
            prop_assert!(!(is_open && decision.reason == Reason::RemovedByHand), "{plan}");
        }
    }

    #[test]
    fn what_is_taken_away_from_who_is_free_is_taken_away_from_who_is_not(looked in any_under_way(), closed in any_closed()) {
        let free = Customer { busy: None, unclear_until: None, ..looked.customer.clone() };
        let free = planned(&Looked { customer: free, ..looked.clone() }, &closed);
        let plan = planned(&looked, &closed);
        let is_absence = |it: &access::Decision| {
            let is_open = it.steps.iter().any(|step| matches!(step, Step::CancelInvitation { .. }));
            it.reason == Reason::RemovedByHand || (it.reason == Reason::NeverJoined && !is_open)
        };
        let is_concluded = free.decisions.values().any(|it| it.is_new_end && is_absence(it));
        for (id, decision) in free.decisions.iter().filter(|(_, it)| it.verdict == Verdict::End && !it.steps.is_empty()) {
            // What is not there holds nothing, and while that is not sure it holds all.
            prop_assert!(is_concluded || plan.decisions[id] == *decision, "{free}\n{plan}");
        }
    }

    #[test]
    fn while_something_is_under_way_no_request_is_admitted_that_needs_a_step(looked in any_under_way()) {
        let admission = admit(&Policy::default(), &looked, &ask(), None, &lease(), ACTOR, now());
        if let Admission::Admitted(it) = admission {
            prop_assert!(it.steps().is_empty());
            prop_assert_eq!(looked.customer.standing(now()), Standing::Unclear { until: minutes(1) });
            prop_assert_eq!(it.customer.unclear_until, looked.customer.unclear_until);
        }
    }

    #[test]
    fn whatever_becomes_of_a_run_nothing_is_told_as_ended_that_may_still_come_back(looked in any_looked(), luck: u64) {
        let ran = run_acting(&looked, now(), with_luck(luck));
        let customer = &ran.looked.customer;
        prop_assert!(customer.busy.is_none(), "the lease is given back");
        if let Standing::Unclear { until } = customer.standing(now()) {
            prop_assert_eq!(until, now() + SETTLING);
            let told = ran.settled.iter().flat_map(|it| &it.announcements);
            let is_end = |it: &&access::Announcement| it.kind == access::AnnouncementKind::Ended;
            prop_assert!(told.filter(is_end).count() == 0, "{}", printed_in_full(&ran.plan));
        }
    }

    #[test]
    fn whatever_becomes_of_a_run_one_mail_goes_out_for_a_group(looked in any_looked(), luck: u64) {
        let before = open_invitations(&looked.observed);
        let ran = run_acting(&looked, now(), with_luck(luck));
        let again = run(&ran.looked, minutes(1));
        let later = run(&again.looked, minutes(16));
        for letter in GROUPS {
            let sent = later.looked.observed.open_invitations(&group(letter)).count();
            let had = before.iter().filter(|it| **it == letter).count();
            prop_assert!(sent <= had.max(1), "{letter}: {}", printed_in_full(&later.plan));
        }
    }

    #[test]
    fn no_step_is_done_twice_however_late_a_query_shows_it(looked in any_looked()) {
        let ran = run(&looked, now());
        // A query that lags shows all as it was before the run.
        let lagging = Looked::new(ran.looked.customer.clone(), looked.observed.clone(), minutes(1));
        let again = decide(&Policy::default(), std::slice::from_ref(&lagging), &closed(&[]), Brake::Armed, minutes(1));
        let done: BTreeSet<&Step> = ran.plan.decisions.values().flat_map(|it| &it.steps).collect();
        for step in again.decisions.values().flat_map(|it| &it.steps) {
            prop_assert!(!done.contains(step), "{step:?}\n{}\nthen\n{}", printed_in_full(&ran.plan), printed_in_full(&again));
        }
    }
}

/// The groups of the open invitations, each as often as there are some.
fn open_invitations(observed: &Observed) -> Vec<char> {
    let open = GROUPS
        .into_iter()
        .map(|letter| (letter, observed.open_invitations(&group(letter)).count()));
    open.flat_map(|(letter, count)| std::iter::repeat_n(letter, count)).collect()
}
