//! One Salesforce user who is known under two addresses: what is decided for one of them counts what the other has.

use access::{Brake, Grant, InvitationStatus, Looked, Observed, Policy, decide, settle};

use crate::world::*;

const OTHER: &str = "ana@new.example";

/// Two customers who both are known as user 1, with what is seen of each: the address of the second is the one that the user has.
fn two(
    first: Grant,
    second: Grant,
    seen_of_first: Observed,
    seen_of_second: Observed,
) -> [Looked; 2] {
    let first = looked([first], seen_of_first);
    let mut second = looked([second], seen_of_second);
    second.customer.email = email(OTHER);
    [first, second]
}

/// The user, as either of them sees them.
fn there() -> Observed {
    seen().user(1).with_email(1, OTHER)
}

fn decided(people: &[Looked]) -> String {
    let plan = decide(&Policy::default(), people, &closed(&[]), Brake::Armed, now());
    printed_in_full(&plan).trim().replace('\n', " | ")
}

#[test]
fn the_highest_role_of_all_addresses_counts_and_stays() {
    for (member, expected) in [
        (there().manager(1, 'a'), "g1 keep (live) [] | g2 keep (live) []"),
        (there().member(1, 'a'), "g1 promote (live) [promote 1] | g2 promote (live) [promote 1]"),
        (
            seen().inactive(1).with_email(1, OTHER).member(1, 'a'),
            "g1 reactivate (live) [reactivate 1, promote 1] | \
             g2 reactivate (live) [reactivate 1, promote 1]",
        ),
    ] {
        let state = if member.users[&user(1)].is_active { active(-9) } else { requested(0) };
        let manager = || grant(1, state.clone()).manager();
        let people = two(manager(), grant(2, state.clone()), member.clone(), member.clone());
        assert_eq!(decided(&people), expected);
    }
    let people = two(
        grant(1, active(-9)).manager().expires(0),
        grant(2, active(-9)),
        there().manager(1, 'a'),
        there().manager(1, 'a'),
    );
    assert_eq!(decided(&people), "g1 end (expired) [] | g2 demote (live) [demote 1]", "it is over");
    let people = two(
        grant(1, active(-9)).in_group('b').manager(),
        grant(2, active(-9)),
        there().manager(1, 'a').manager(1, 'b'),
        there().manager(1, 'a').manager(1, 'b'),
    );
    let demoted = "g1 keep (live) [] | g2 demote (live) [demote 1]";
    assert_eq!(decided(&people), demoted, "in another group");
}

#[test]
fn a_member_who_is_manager_by_another_address_needs_no_other_look() {
    let people = two(
        grant(1, active(-9)).manager(),
        grant(2, active(-9)),
        there().manager(1, 'a'),
        there().manager(1, 'a'),
    );
    let plan = decide(&Policy::default(), &people, &closed(&[]), Brake::Armed, now());
    let outcomes = access::Outcomes::default();
    let settled = settle(&Policy::default(), &people[1], &plan, &plan, &outcomes, ACTOR, now());
    assert_eq!(settled.customer.grants[&grant_id(2)].retry_at, None);
}

#[test]
fn whoever_could_not_be_looked_at_keeps_what_the_others_would_take() {
    let unread = Observed::default;
    let ending = |number| grant(number, active(-9)).expires(0);
    let in_a = || there().member(1, 'a');
    for (case, first, second, expected) in [
        (
            "the place and the seat of a grant that lives",
            grant(1, active(-9)),
            ending(2),
            "g1 keep (notSeen) [] | g2 end (expired) []",
        ),
        (
            "a seat that is over as well",
            ending(1),
            ending(2),
            "g1 end (expired) [] | g2 end (expired) []",
        ),
        (
            "what is already being ended",
            grant(1, active(-9)),
            grant(2, ending_of(access::EndReason::Expired)),
            "g1 keep (notSeen) [] | g2 keep (notSeen) []",
        ),
        (
            "the proof of what was done",
            grant(1, active(-9)).in_group('b'),
            grant(2, ended(access::EndReason::Expired, -1, &[remove(1)])),
            "g1 keep (notSeen) [] | g2 keep (notSeen) []",
        ),
    ] {
        let people = two(first, second, unread(), in_a());
        assert_eq!(decided(&people), expected, "{case}");
    }
}

#[test]
fn whoever_cannot_be_read_in_the_ledger_keeps_what_the_others_would_take() {
    let over = looked([grant(1, active(-9)).expires(0)], Observed { is_apart: true, ..there() });
    let mut people = [over];
    people[0].observed = Observed { is_apart: true, ..there().member(1, 'a') };
    assert_eq!(decided(&people), "g1 end (expired) []");
    people[0].observed.is_apart = false;
    assert_eq!(decided(&people), "g1 end (expired) [removeMember 1, deactivate 1]");
}

#[test]
fn who_has_the_address_and_may_have_come_by_the_invitation_may_be_the_customer() {
    let accepted = |it: Observed| it.invitation('a', InvitationStatus::Accepted);
    // That somebody else came to the group leaves open who accepted.
    let rivalled = |it: Observed| accepted(it).stranger(3, 'a', -5);
    let there = || seen().user(1).member(1, 'a');
    let (spared, taken) = ("[]", "[removeMember 1, deactivate 1]");
    for (case, observed, known, expected) in [
        ("nobody else has the address", rivalled(there()), None, spared),
        ("by another address", rivalled(there().with_email(1, OTHER)), None, taken),
        (
            "the invitation was cancelled",
            there().invitation('a', InvitationStatus::Canceled),
            None,
            taken,
        ),
        ("another is known to be the customer", rivalled(there().user(2)), Some(2), taken),
    ] {
        let over = grant(2, active(-9)).expires(0);
        let mut people = two(grant(1, invited(-9)), over, observed.clone(), observed);
        people[0].customer.users = known.map(user).into_iter().collect();
        let plan = decide(&Policy::default(), &people, &closed(&[]), Brake::Armed, now());
        let plan = printed_in_full(&plan);
        let second = plan.lines().find(|it| it.starts_with("g2"));
        assert_eq!(second, Some(format!("g2 end (expired) {expected}").as_str()), "{case}: {plan}");
    }
}

fn ending_of(reason: access::EndReason) -> access::State {
    ending(reason, -1, &[])
}

/// Whoever is unclear, the other concludes nothing from absence.
#[test]
fn nothing_is_concluded_for_one_address_while_the_other_is_unclear() {
    let reason = access::EndReason::Expired;
    let in_b = |expires| grant(2, active(-9)).in_group('b').expires(expires);
    for (case, first, observed, free, unclear) in [
        (
            "an invitation that nobody is seen to have accepted",
            grant(1, invited(-61)),
            there().member(1, 'b'),
            "g1 end (neverJoined) []",
            "g1 keep (unproven) []",
        ),
        (
            "who is in the group again",
            grant(1, proven(reason, -2, 1, &[])).has_joined(),
            there().member(1, 'a').member(1, 'b'),
            "g1 keep (heldOutsideLanyard) []",
            "g1 keep (unproven) []",
        ),
        (
            "a proof that is due",
            grant(1, ended(reason, -2, &[])).has_joined(),
            there().member(1, 'b'),
            "g1 prove (heldByOtherGrant) []",
            "g1 keep (unproven) []",
        ),
        (
            "a proof that is due again",
            grant(1, proven(reason, -2, 0, &[])).has_joined(),
            there().member(1, 'b'),
            "g1 prove (heldByOtherGrant) []",
            "g1 keep (unproven) []",
        ),
    ] {
        let mut people = two(first, in_b(31), observed.clone(), observed);
        assert_eq!(decided(&people), format!("{free} | g2 keep (live) []"), "{case}");
        people[1].customer.unclear_until = Some(minutes(1));
        assert_eq!(decided(&people), format!("{unclear} | g2 keep (unproven) []"), "{case}");
    }
}

#[test]
fn what_was_done_for_one_address_has_ended_and_is_not_told_while_the_other_is_unclear() {
    let reason = access::EndReason::Expired;
    let steps = [remove(1)];
    let first = grant(1, ending(reason, 0, &steps)).has_joined();
    let second = grant(2, active(-9)).in_group('b');
    let (before, after) = (there().member(1, 'a').member(1, 'b'), there().member(1, 'b'));
    for (until, expected) in [
        (None, "Customer Access Ended g1\ng1 is ended Expired, re-read 0 times\n"),
        (Some(minutes(1)), "g1 is ended Expired, unproven\n"),
    ] {
        let judge = |observed: &Observed| {
            let mut people = two(first.clone(), second.clone(), observed.clone(), observed.clone());
            people[1].customer.unclear_until = until;
            let plan = decide(&Policy::default(), &people, &closed(&[]), Brake::Armed, now());
            (people, plan)
        };
        let (_, acted) = judge(&before);
        let (read, plan) = judge(&after);
        let mut outcomes = access::Outcomes::default();
        outcomes.done.insert(grant_id(1), steps.iter().cloned().collect());
        let [read, _] = read;
        let settled = settle(&Policy::default(), &read, &plan, &acted, &outcomes, ACTOR, now());
        assert_eq!(told(Some(&settled)), expected, "{until:?}");
    }
}
