//! What holds whatever the customers, their grants and what is seen of them.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Brake, Customer, Grant, GrantId, GroupId, InvitationStatus, Looked, Observed, Plan, Policy,
    ProjectId, Proof, Reason, Sight, State, Step, UserId, Verdict, decide,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::world::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, rng_seed: RngSeed::Fixed(2027), ..ProptestConfig::default() })]

    #[test]
    fn nobody_else_is_ever_touched(looked in any_looked(), closed in any_closed(), is_protected: bool) {
        let plan = planned(&looked, &closed, is_protected);
        for (id, step) in steps(&plan) {
            prop_assert!(!is_protected, "a protected address: {step:?}");
            if let Some(user) = step.user() {
                prop_assert!(looked.observed.users[user].is_customer(), "{step:?}");
            }
            let grant = &looked.customer.grants[id];
            match step {
                Step::CancelInvitation { invitation } => {
                    let mut here = looked.observed.open_invitations(&grant.group.id);
                    prop_assert!(here.any(|it| it.id == *invitation));
                }
                Step::RemoveMember { user } => {
                    prop_assert!(looked.observed.is_in(user, &grant.group.id));
                }
                Step::Deactivate { user } => {
                    let is_foreign = looked.observed.members.iter().any(|it| it.user == *user && it.group == group(FOREIGN));
                    let is_asked = looked.observed.open_invitations(&group(FOREIGN)).next().is_some();
                    prop_assert!(!is_foreign && !is_asked, "a group beyond Lanyard's holds the seat");
                }
                Step::Invite
                | Step::Reactivate { .. }
                | Step::AddMember { .. }
                | Step::Promote { .. }
                | Step::Demote { .. } => {}
            }
        }
    }

    #[test]
    fn what_a_live_grant_holds_is_never_taken_away(looked in any_looked(), closed in any_closed(), maximum in 0..3_usize) {
        let policy = up_to(maximum);
        let plan = decide(&policy, std::slice::from_ref(&looked), &closed, Brake::Armed, now());
        let is_live = |grant: &&Grant| grant.is_open() && plan.decisions[&grant.id].verdict != Verdict::End;
        let live: Vec<&Grant> = looked.customer.grants.values().filter(is_live).collect();
        for (id, step) in steps(&plan) {
            let group = &looked.customer.grants[id].group.id;
            match step {
                Step::CancelInvitation { .. } | Step::RemoveMember { .. } => {
                    prop_assert!(live.iter().all(|it| it.group.id != *group), "{step:?}\n{plan}");
                }
                Step::Deactivate { .. } => prop_assert!(live.is_empty(), "{step:?}\n{plan}"),
                Step::Invite
                | Step::Reactivate { .. }
                | Step::AddMember { .. }
                | Step::Promote { .. }
                | Step::Demote { .. } => {}
            }
        }
    }

    #[test]
    fn whatever_is_due_is_in_the_plan_and_whatever_ends_has_a_reason(looked in any_looked(), closed in any_closed(), is_protected: bool) {
        let plan = planned(&looked, &closed, is_protected);
        for grant in looked.customer.grants.values() {
            let due = grant.due_at(&Policy::default());
            let is_decided = plan.decisions.contains_key(&grant.id);
            prop_assert!(is_decided || due.is_none_or(|due| now() < due), "{}", standing(grant));
        }
        for decision in plan.decisions.values() {
            let is_end = matches!(decision.reason, Reason::Expired | Reason::ProjectClosed | Reason::NeverJoined | Reason::RemovedByHand | Reason::JoinedLate);
            prop_assert!(decision.verdict != Verdict::End || is_end);
            prop_assert!(decision.verdict != Verdict::Keep || decision.steps.is_empty());
        }
    }

    #[test]
    fn memberships_go_before_seats(looked in any_looked(), closed in any_closed()) {
        let plan = planned(&looked, &closed, false);
        for decision in plan.decisions.values() {
            let is_seat = |step: &Step| matches!(step, Step::Deactivate { .. });
            let first = decision.steps.iter().position(is_seat).unwrap_or(decision.steps.len());
            prop_assert!(decision.steps[first..].iter().all(is_seat), "{decision}");
            let is_waking = |step: &Step| matches!(step, Step::Reactivate { .. });
            prop_assert!(decision.steps.iter().skip(1).all(|step| !is_waking(step)), "{decision}");
        }
    }

    #[test]
    fn a_partial_reading_proves_nothing(looked in any_looked(), closed in any_closed()) {
        let observed = Observed { sight: Sight::default(), ..looked.observed };
        let looked = Looked { observed, ..looked };
        let plan = planned(&looked, &closed, false);
        for (id, decision) in &plan.decisions {
            prop_assert!(decision.verdict != Verdict::Prove);
            let needs_all = |step: &Step| matches!(step, Step::Deactivate { .. } | Step::Invite);
            prop_assert!(!decision.steps.iter().any(needs_all), "{}", decision);
            let is_absence = matches!(decision.reason, Reason::RemovedByHand | Reason::NeverJoined);
            let is_open = looked.customer.grants[id].is_open();
            prop_assert!(!(is_absence && is_open), "{plan}");
        }
        let ran = run(&looked, now());
        for grant in ran.looked.customer.grants.values() {
            let was = proof(&looked.customer.grants[&grant.id]);
            prop_assert!(!is_proven(proof(grant)) || is_proven(was), "{}", standing(grant));
        }
    }

    #[test]
    fn what_is_told_as_ended_is_gone_or_held_by_what_is_live(looked in any_looked()) {
        let ran = run(&looked, now());
        let Some(settled) = &ran.settled else { return Ok(()) };
        for told in settled.announcements.iter().filter(|it| it.kind == access::AnnouncementKind::Ended) {
            prop_assert!(looked.observed.sight.is_full(), "not all was seen");
            let proof = &told.detail["proof"];
            let letter = told.detail["group"]["id"].as_str().expect("a group");
            let mut live = ran.looked.customer.grants.values().filter(|it| it.is_open());
            let is_held = live.any(|it| it.group.id.as_str() == letter);
            prop_assert!(is_held || (proof["member"] == false && proof["invited"] == false), "{proof}");
            let is_here = |id: &GroupId| id.as_str() == letter;
            let mut invitations = looked.observed.invitations.iter();
            let is_accepted = invitations.any(|it| it.status == InvitationStatus::Accepted && it.group.as_ref().is_some_and(is_here));
            let is_known = !looked.observed.users.is_empty() || was_joined(&looked, told);
            let has_strangers = looked.observed.strangers.iter().any(|it| it.group.as_ref().is_none_or(is_here));
            prop_assert!(!is_accepted || is_known || !has_strangers, "{}", printed_in_full(&ran.plan));
        }
    }

    #[test]
    fn the_plan_depends_neither_on_the_order_nor_on_the_attempt(people in prop::collection::vec(any_looked(), 1..4), closed in any_closed(), maximum in 0..8_usize) {
        let mut people: Vec<Looked> = people.into_iter().enumerate().map(|(at, it)| renumbered(it, at)).collect();
        let policy = up_to(maximum);
        let plan = decide(&policy, &people, &closed, Brake::Armed, now());
        prop_assert_eq!(&plan, &decide(&policy, &people, &closed, Brake::Armed, now()));
        people.reverse();
        prop_assert_eq!(&plan, &decide(&policy, &people, &closed, Brake::Armed, now()));
        let users = || people.iter().flat_map(|it| &it.customer.users);
        if users().count() > users().collect::<BTreeSet<_>>().len() {
            // What one person has under two addresses counts together.
            return Ok(());
        }
        let alone: usize = people.iter().map(|it| decide(&policy, std::slice::from_ref(it), &closed, Brake::Armed, now()).decisions.len()).sum();
        prop_assert_eq!(alone, plan.decisions.len());
    }

    #[test]
    fn the_brake_holds_all_or_nothing(people in prop::collection::vec(any_looked(), 1..4), closed in any_closed(), maximum in 0..8_usize, of_project in 0..8_usize) {
        let people: Vec<Looked> = people.into_iter().enumerate().map(|(at, it)| renumbered(it, at)).collect();
        let free = decide(&up_to(usize::MAX), &people, &closed, Brake::Armed, now());
        let policy = Policy { maximum_ends_per_project: Some(of_project), ..up_to(maximum) };
        let braked = decide(&policy, &people, &closed, Brake::Armed, now());
        let ends: BTreeMap<GrantId, Reason> = free.decisions.iter().filter(|(_, it)| it.is_new_end).map(|(id, it)| (id.clone(), it.reason)).collect();
        let begun: BTreeMap<GrantId, Reason> = braked.decisions.iter().filter(|(_, it)| it.is_new_end).map(|(id, it)| (id.clone(), it.reason)).collect();
        let held: BTreeMap<GrantId, Reason> = braked.braked.iter().flat_map(|it| it.endings.clone()).collect();
        prop_assert!(held.keys().all(|id| braked.decisions[id].reason == Reason::Brake));
        prop_assert!(held.len() == braked.held() && begun.len() <= maximum);
        let of = |set: &BTreeMap<GrantId, Reason>, project| people.iter().flat_map(|it| it.customer.grants.values()).filter(|it| it.project == project && set.contains_key(&it.id)).count();
        for project in people.iter().flat_map(|it| it.customer.grants.values()).map(|it| it.project.clone()) {
            let (all, begun) = (of(&ends, project.clone()), of(&begun, project));
            prop_assert!(begun == 0 || (begun == all && all <= of_project), "all of a project or nothing");
        }
        prop_assert_eq!(begun.into_iter().chain(held).collect::<BTreeMap<_, _>>(), ends.clone());
        for set in &braked.braked {
            let released = decide(&policy, &people, &closed, Brake::Released(&set.endings), now());
            prop_assert_eq!(&released.digest, &set.digest);
        }
        if braked.braked.is_empty() {
            prop_assert_eq!(&free, &braked);
        }
        prop_assert_eq!(&free, &decide(&policy, &people, &closed, Brake::Released(&ends), now()));
    }

    #[test]
    fn a_round_in_which_all_succeeds_leaves_nothing_to_do(looked in any_looked()) {
        // Of two users of one address whom nobody knows, only the first who is let in is the customer.
        let unknown = |id: &&UserId| !looked.customer.users.contains(*id);
        if looked.observed.customers().map(|(id, _)| id).filter(unknown).count() > 1 {
            return Ok(());
        }
        // What somebody else sent after an end counts to a later one.
        if looked.observed.invitations.iter().any(|it| is_sent_later(&looked.customer, it)) {
            return Ok(());
        }
        // Where not all is seen, what may be left is tried again and again.
        let looked = Looked { observed: Observed { sight: Sight::full(), ..looked.observed }, ..looked };
        let mut first = run(&looked, now());
        let grants = &first.looked.customer.grants;
        let is_waiting = grants.values().any(|it| it.retry_at == Some(now()));
        if is_waiting || grants.len() < looked.customer.grants.len() {
            // A role that came to light only with the user, and what held on to what is finished.
            first = run(&first.looked, now());
        }
        let second = run(&first.looked, now());
        let left: Vec<&Step> = steps(&second.plan).map(|(_, step)| step).collect();
        prop_assert!(left.is_empty(), "{}\nthen\n{}", printed_in_full(&first.plan), printed_in_full(&second.plan));
        prop_assert!(second.begun.is_none());
        prop_assert!(second.settled.is_none(), "{}\nthen\n{}{}", printed_in_full(&first.plan), printed_in_full(&second.plan), told(second.settled.as_ref()));
    }

    #[test]
    fn a_run_that_dies_anywhere_ends_like_one_that_did_not(looked in any_looked(), survives in any::<u8>()) {
        let looked = with_one_user(looked);
        // Only some of the steps leave, and nothing of the outcome is recorded.
        let mut left = survives;
        let dying = std::cell::RefCell::new(&mut left);
        let dead = run_with(&looked, minutes(20), |_, _| {
            let mut bits = dying.borrow_mut();
            let is_done = **bits & 1 == 1;
            **bits >>= 1;
            is_done
        });
        let customer = dead.begun.as_ref().map_or_else(|| looked.customer.clone(), |it| committed(&it.customer));
        let found = Looked { customer, ..dead.looked };
        // While something may still take effect only endings go on, so both come when all is old enough.
        let later = minutes(40);
        let again = run(&run(&found, later).looked, later);
        let whole = run(&run(&looked, later).looked, later);
        prop_assert_eq!(access_of(&again.looked), access_of(&whole.looked), "{}\nthen\n{}", printed_in_full(&dead.plan), printed_in_full(&again.plan));
        prop_assert!(mails(&again.looked) <= 1, "one mail for a group");
    }

    #[test]
    fn after_a_round_nobody_has_access_that_no_grant_and_no_hand_gives(looked in any_looked()) {
        let complete = Observed { sight: Sight::full(), ..looked.observed };
        let looked = Looked { observed: complete, ..looked };
        let mut after = run(&looked, now());
        let mut decisions: Vec<_> = after.plan.decisions.clone().into_iter().collect();
        if after.looked.customer.users != looked.customer.users {
            // A user who came to light with what one grant was given may also have what was over before. The next look finds it.
            after = run(&after.looked, now());
            decisions.extend(after.plan.decisions.clone());
        }
        let was_protected = decisions.iter().any(|(_, it)| it.reason == Reason::Protected);
        if was_protected {
            return Ok(());
        }
        let Looked { customer, observed, .. } = &after.looked;
        for letter in GROUPS {
            let id = group(letter);
            let before = looked.customer.grants.values().filter(|it| it.group.id == id);
            let (mut has_grant, mut is_left) = (false, false);
            for grant in before {
                has_grant |= !matches!(grant.state, State::Refused { .. });
                let mut decided = decisions.iter().filter(|(id, _)| *id == grant.id);
                is_left |= decided.any(|(_, it)| it.reason == Reason::HeldOutsideLanyard);
                is_left |= matches!(proof(grant), Some(Proof::Drifted { .. }));
            }
            let is_held = customer.grants.values().any(|it| it.is_open() && it.group.id == id);
            let is_ours = |it: &access::Member| it.group == id && customer.users.contains(&it.user) && observed.users[&it.user].is_customer();
            let has_access = observed.members.iter().any(is_ours) || observed.open_invitations(&id).any(|it| !is_sent_later(&looked.customer, it));
            prop_assert!(!has_grant || is_left || is_held || !has_access, "{letter}: {}", printed_in_full(&after.plan));
        }
    }
}

fn planned(looked: &Looked, closed: &BTreeSet<ProjectId>, is_protected: bool) -> Plan {
    let protected = is_protected.then(|| "@acme.example".to_owned()).into_iter().collect();
    let policy = Policy { protected, ..Policy::default() };
    decide(&policy, std::slice::from_ref(looked), closed, Brake::Armed, now())
}

/// Whether an invitation was sent after all was over in its group, by somebody else.
fn is_sent_later(customer: &Customer, invitation: &access::Invitation) -> bool {
    let is_known = |grant: &Grant| grant.known_invitations().any(|id| *id == invitation.id);
    let is_over = |grant: &Grant| match grant.state {
        State::Ended { at, .. } => {
            invitation.created.duration_since(at) > minutes(15).duration_since(now())
        }
        State::Refused { .. } => true,
        State::Requested { .. }
        | State::Invited { .. }
        | State::Active { .. }
        | State::Ending { .. } => false,
    };
    let mut grants =
        customer.grants.values().filter(|it| Some(&it.group.id) == invitation.group.as_ref());
    !customer.grants.values().any(is_known) && grants.all(is_over)
}

fn steps(plan: &Plan) -> impl Iterator<Item = (&GrantId, &Step)> {
    plan.decisions.iter().flat_map(|(id, it)| it.steps.iter().map(move |step| (id, step)))
}

fn proof(grant: &Grant) -> Option<Proof> {
    if let State::Ended { proof, .. } = &grant.state { Some(*proof) } else { None }
}

/// Whether the customer had been seen in the group of what is told.
fn was_joined(looked: &Looked, told: &access::Announcement) -> bool {
    let id = told.detail["grantId"].as_str().expect("a grant");
    looked.customer.grants.values().any(|it| it.id.as_str() == id && it.joined.is_some())
}

fn is_proven(proof: Option<Proof>) -> bool {
    matches!(proof, Some(Proof::Proven { .. }))
}

/// Who is in which group, whom an invitation is open for, and who has a seat.
fn access_of(looked: &Looked) -> (BTreeSet<access::Member>, BTreeSet<String>, BTreeSet<UserId>) {
    let Observed { users, members, invitations, .. } = &looked.observed;
    let open = invitations.iter().filter(|it| it.status == InvitationStatus::Sent);
    let active = users.iter().filter(|(_, user)| user.is_active).map(|(id, _)| id.clone());
    (members.clone(), open.map(|it| it.id.to_string()).collect(), active.collect())
}

/// The largest number of open invitations to one group.
fn mails(looked: &Looked) -> usize {
    let open = |letter| looked.observed.open_invitations(&group(letter)).count();
    GROUPS.into_iter().map(open).max().unwrap_or(0)
}

/// Leaves only user 1: with two, it depends on the moment which of them is meant.
fn with_one_user(mut looked: Looked) -> Looked {
    looked.observed.users.retain(|id, _| *id == user(1));
    looked.observed.members.retain(|it| it.user == user(1));
    looked
}

/// Gives a customer's grants and the customer names of their own.
fn renumbered(looked: Looked, at: usize) -> Looked {
    let Looked { mut customer, observed, at: looked_at } = looked;
    customer.email = email(&format!("p{at}@acme.example"));
    let offset = 10 * u8::try_from(at).expect("few people");
    let renumber = |(number, grant): (u8, Grant)| {
        let id = grant_id(offset + number);
        (id.clone(), Grant { id, ..grant })
    };
    customer.grants = (1..).zip(customer.grants.into_values()).map(renumber).collect();
    Looked { customer, observed, at: looked_at }
}
