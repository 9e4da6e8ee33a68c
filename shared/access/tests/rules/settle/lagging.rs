//! What was done and a query does not show yet, and what was sent and nobody knows of.

use std::collections::BTreeMap;

use access::{Looked, Observed, Outcomes, Plan, Standing};

use crate::world::*;

/// Ana, in the group, whose grant is over.
fn over() -> Looked {
    looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'))
}

/// All of a plan was done, and no query shows any of it.
fn unseen(plan: &Plan) -> Outcomes {
    let done = plan.decisions.iter().filter(|(_, it)| !it.steps.is_empty());
    let done = done.map(|(id, it)| (id.clone(), it.steps.iter().cloned().collect()));
    let mut outcomes = Outcomes { done: done.collect(), ..Outcomes::default() };
    let sent = plan.decisions.iter().filter(|(_, it)| it.verdict == access::Verdict::Invite);
    outcomes.invited = sent.map(|(id, _)| (id.clone(), invitation('a'))).collect();
    outcomes
}

#[test]
fn what_was_taken_away_and_still_shows_is_ended_and_proven_once_it_does_not() {
    let ran = run_acting(&over(), now(), |plan, _, _| unseen(plan));
    assert_eq!(told(ran.settled.as_ref()), "g1 is ended Expired, unproven\n");
    assert_eq!(ran.looked.customer.standing(now()), Standing::Free, "it is certain all the same");
    let still = |at| printed(&run(&ran.looked, minutes(at)).plan);
    assert_eq!(still(14), "g1 keep (unproven)\n", "and nothing is done twice");
    assert_eq!(still(15), "g1 end (expired): removeMember, deactivate\n", "no query lags so long");
    let gone = Looked { observed: seen().inactive(1), ..ran.looked };
    let proven = run(&gone, minutes(1));
    insta::assert_snapshot!(told(proven.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    ");
}

#[test]
fn what_was_given_and_does_not_show_is_there() {
    let joined = "Customer Joined g1\ng1 is active\n";
    for (case, observed, expected, reason) in [
        ("invited", seen(), "Customer Invited g1\ng1 is invited\n", "live"),
        // Somebody may have taken the place away, and nothing can be done to it before it is shown.
        ("added", seen().user(1), joined, "unproven"),
        ("made active", seen().inactive(1).member(1, 'a'), joined, "live"),
    ] {
        let start = looked([grant(1, requested(0))], observed);
        let ran = run_acting(&start, now(), |plan, _, _| unseen(plan));
        assert_eq!(told(ran.settled.as_ref()), expected, "{case}");
        let kept = format!("g1 keep ({reason})\n");
        assert_eq!(printed(&run(&ran.looked, minutes(14)).plan), kept, "{case}");
        let late = printed(&run(&ran.looked, minutes(15)).plan);
        assert!(late.starts_with("g1 end (removedByHand)"), "{case}: it is gone by now: {late}");
    }
}

#[test]
fn a_place_that_was_given_and_is_not_shown_is_not_taken_and_not_proven_gone_before_it_would_show() {
    let start = looked([grant(1, requested(0))], seen().user(1));
    let mut given = run_acting(&start, now(), |plan, _, _| unseen(plan)).looked;
    for grant in given.customer.grants.values_mut() {
        grant.expires_at = minutes(1);
    }
    let ran = run(&given, minutes(5));
    assert_eq!(printed(&ran.plan), "g1 end (expired): deactivate\n", "there is no place to take");
    assert_eq!(told(ran.settled.as_ref()), "g1 is ended Expired, unproven\n");
    let gone = |at| {
        run(&Looked::new(ran.looked.customer.clone(), seen().inactive(1), minutes(at)), minutes(at))
    };
    assert_eq!(printed(&gone(14).plan), "g1 keep (unproven)\n");
    assert_eq!(printed(&gone(15).plan), "g1 prove (expired)\n");
    let there = seen().inactive(1).member(1, 'a');
    let shown = run(&Looked::new(ran.looked.customer.clone(), there, minutes(6)), minutes(6));
    assert_eq!(printed(&shown.plan), "g1 end (expired): removeMember\n", "once it shows, it goes");
}

#[test]
fn who_may_have_been_put_to_sleep_in_a_place_that_is_not_shown_gets_nothing_until_it_would_show() {
    let start = looked([grant(1, requested(0))], seen().user(1));
    let given = run_acting(&start, now(), |plan, _, _| unseen(plan)).looked.customer;
    let asleep = access::Customer { frozen: [user(1)].into(), ..given };
    let plan = |at| {
        printed(&run(&Looked::new(asleep.clone(), seen().user(1), minutes(at)), minutes(at)).plan)
    };
    assert_eq!(plan(14), "g1 keep (unproven)\n");
    assert_eq!(plan(15), "g1 reactivate (live): reactivate, addMember\n");
}

#[test]
fn an_ending_whose_answers_are_lost_is_repeated_at_once_and_proven_when_nothing_is_under_way() {
    let lost = run_losing(&over(), now(), false);
    assert_eq!(told(lost.settled.as_ref()), "nothing", "nothing has become of it");
    let until = minutes(15);
    assert_eq!(lost.looked.customer.standing(now()), Standing::Unclear { until });
    let again = run(&lost.looked, minutes(1));
    assert_eq!(printed(&again.plan), "g1 end (expired): removeMember, deactivate\n");
    assert_eq!(told(again.settled.as_ref()), "g1 is ended Expired, unproven\n");
    let customer = &again.looked.customer;
    assert_eq!(customer.standing(minutes(1)), Standing::Unclear { until }, "no longer than before");
    assert_eq!(printed(&run(&again.looked, minutes(14)).plan), "g1 keep (unproven)\n");
    assert_eq!(printed(&run(&again.looked, until).plan), "g1 prove (expired)\n");
    // What was sent takes effect late, and takes nothing from what is over.
    let arrived = run_losing(&over(), now(), true);
    assert_eq!(printed(&run(&arrived.looked, minutes(1)).plan), "g1 keep (unproven)\n");
    assert_eq!(printed(&run(&arrived.looked, until).plan), "g1 end (expired)\n");
}

#[test]
fn a_run_that_dies_leaves_the_customer_busy_then_unclear_and_its_intent_to_the_next() {
    let start = looked([grant(1, requested(0))], seen());
    let held = |start: &Looked| committed(&run(start, now()).begun.expect("an intent").customer);
    let died = |start: &Looked, observed: Observed| Looked::new(held(start), observed, now());
    let plan = |world: &Looked, at| printed(&run(world, minutes(at)).plan);
    let unsent = died(&start, seen());
    assert_eq!(plan(&unsent, 19), "g1 keep (unproven)\n", "the mail may still come");
    assert_eq!(plan(&unsent, 20), "g1 invite (live): invite\n");
    let sent = died(&start, seen().invited('a'));
    assert_eq!(plan(&sent, 20), "g1 keep (live)\n", "it was sent before the run died");
    let over = died(&over(), over().observed);
    assert_eq!(over.customer.standing(minutes(4)), Standing::Busy { until: minutes(5) });
    assert_eq!(plan(&over, 5), "g1 end (expired): removeMember, deactivate\n", "an ending goes on");
}

#[test]
fn nothing_new_leaves_the_customer_as_they_are() {
    let start = looked([grant(1, active(-9))], seen().user(1).member(1, 'a'));
    let nothing = BTreeMap::new();
    let (policy, one) = (access::Policy::default(), std::slice::from_ref(&start));
    let plan = access::decide(&policy, one, &closed(&[]), access::Brake::Released(&nothing), now());
    let outcomes = Outcomes::default();
    let settled = access::settle(&policy, &start, &plan, &plan, &outcomes, ACTOR, now());
    assert_eq!(settled.customer, start.customer);
    assert!(!is_news(&settled));
}

#[test]
fn what_counts_no_more_is_forgotten_when_the_customer_is_looked_at() {
    let lost = run_losing(&over(), now(), true).looked;
    let ended = run(&run(&lost, minutes(1)).looked, minutes(15)).looked;
    assert_eq!((ended.customer.unclear_until, ended.customer.busy), (None, None));
    let done = run(&over(), now()).looked;
    assert_eq!(done.customer.done.len(), 2);
    assert_eq!(run(&done, minutes(14)).looked.customer.done.len(), 2);
    assert!(run(&done, minutes(15)).looked.customer.done.is_empty());
}
