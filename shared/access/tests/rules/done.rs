//! What was surely done of late, laid over a reading that does not show it yet, or still shows what is gone.

use access::{Customer, Done, Invitation, InvitationStatus, Looked, Observed, Role, Step};

use crate::world::*;

/// A step that was done in a group so many minutes from now; an invitation is that of group `a`.
fn done(step: Step, letter: char, at: i64) -> Done {
    let invitation = (step == Step::Invite).then(|| invitation('a'));
    Done { step, group: group(letter), invitation, at: minutes(at) }
}

fn add(number: u8) -> Step {
    Step::AddMember { user: user(number) }
}

fn promote(number: u8) -> Step {
    Step::Promote { user: user(number) }
}

fn demote(number: u8) -> Step {
    Step::Demote { user: user(number) }
}

fn wake(number: u8) -> Step {
    Step::Reactivate { user: user(number) }
}

/// What is seen of a customer with one grant, for group `a`, of whom this was read now and this was done before.
fn laid(done: impl IntoIterator<Item = Done>, read: Observed) -> Observed {
    let customer = customer([grant(1, requested(0))]);
    let done = done.into_iter().collect();
    Looked::new(Customer { done, ..customer }, read, now()).observed
}

/// Compares what is seen with what was read, both ways: what of it changes and what does not.
fn assert_laid<const N: usize>(cases: [(&str, Vec<Done>, Observed, Observed); N]) {
    for (case, done, read, expected) in cases {
        assert_eq!(laid(done, read), expected, "{case}");
    }
}

trait Shown {
    /// Something of a group is still shown that is gone.
    fn stale_group(self, letter: char) -> Self;
    /// A seat is still shown that is gone.
    fn stale_seat(self, number: u8) -> Self;
    /// A place that is not shown was given so many minutes from now.
    fn laid(self, number: u8, letter: char, at: i64) -> Self;
}

impl Shown for Observed {
    fn stale_group(mut self, letter: char) -> Self {
        self.stale.groups.insert(group(letter));
        self
    }

    fn stale_seat(mut self, number: u8) -> Self {
        self.stale.seats.insert(user(number));
        self
    }

    fn laid(mut self, number: u8, letter: char, at: i64) -> Self {
        self.laid.insert((user(number), group(letter)), minutes(at + 15));
        self
    }
}

#[test]
fn an_invitation_that_was_sent_is_open_unless_it_is_shown_otherwise() {
    let sent = |at| vec![done(Step::Invite, 'a', at)];
    let accepted = || seen().invitation('a', InvitationStatus::Accepted);
    let nameless = Done { invitation: None, ..done(Step::Invite, 'a', -1) };
    assert_laid([
        ("not shown", sent(-2), seen(), seen().sent('a', 'a', -2, InvitationStatus::Sent)),
        ("shown", sent(-2), seen().invited('a'), seen().invited('a')),
        ("accepted since", sent(-2), accepted(), accepted()),
        (
            "neither shown nor known to be gone",
            sent(-2),
            seen().hidden_invitation('a'),
            seen().sent('a', 'a', -2, InvitationStatus::Sent),
        ),
        ("one whose id was not told", vec![nameless], seen(), seen()),
        ("where not all was read", sent(-2), seen().partial(), seen().partial()),
    ]);
    let shown = laid(sent(-2), seen()).invitations.remove(0);
    let Invitation { email, parent, accepted_by, .. } = shown;
    assert_eq!((email, parent, accepted_by), (Some(ana()), None, None));
}

#[test]
fn whoever_has_joined_has_used_the_invitation_to_the_group() {
    for (case, joined_in, expected) in [("this one", 'a', 0), ("another", 'b', 1)] {
        let grants = [grant(1, requested(0)), grant(2, active(-1)).in_group(joined_in)];
        let customer = Customer { done: vec![done(Step::Invite, 'a', -1)], ..customer(grants) };
        let observed = Looked::new(customer, seen(), now()).observed;
        assert_eq!(observed.open_invitations(&group('a')).count(), expected, "{case}");
    }
}

#[test]
fn an_invitation_that_was_cancelled_is_so_unless_somebody_was_faster() {
    let cancelled = || vec![done(cancel('a'), 'a', -1)];
    let shown = |status| seen().invitation('a', status);
    let is_cancelled = || shown(InvitationStatus::Canceled);
    assert_laid([
        ("still open", cancelled(), shown(InvitationStatus::Sent), is_cancelled().stale_group('a')),
        (
            "with a status that nobody documented",
            cancelled(),
            shown(InvitationStatus::Other),
            is_cancelled().stale_group('a'),
        ),
        ("accepted", cancelled(), accepted(), accepted()),
        ("cancelled", cancelled(), is_cancelled(), is_cancelled()),
        ("its row is gone", cancelled(), seen(), seen()),
        ("not known to be gone", cancelled(), seen().hidden_invitation('a'), seen()),
        (
            "another one",
            vec![done(cancel('b'), 'a', -1)],
            seen().invited('a').hidden_invitation('c'),
            seen().invited('a').hidden_invitation('c'),
        ),
    ]);
}

fn accepted() -> Observed {
    seen().invitation('a', InvitationStatus::Accepted)
}

#[test]
fn a_place_that_was_given_is_there_and_one_that_was_taken_is_not() {
    let out = || seen().user(1);
    let there = || seen().user(1).member(1, 'a');
    assert_laid([
        ("given, not shown", vec![done(add(1), 'a', -1)], out(), there().laid(1, 'a', -1)),
        ("given, shown", vec![done(add(1), 'a', -1)], there(), there()),
        (
            "given, and made manager by hand since",
            vec![done(add(1), 'a', -1)],
            seen().user(1).manager(1, 'a'),
            seen().user(1).manager(1, 'a'),
        ),
        ("given to a user who is not shown", vec![done(add(1), 'a', -1)], seen(), seen()),
        (
            "given in a group that no grant is for",
            vec![done(add(1), 'b', -1)],
            out(),
            out().member(1, 'b').laid(1, 'b', -1),
        ),
        ("taken, shown", vec![done(remove(1), 'a', -1)], there(), out().stale_group('a')),
        ("taken, not shown", vec![done(remove(1), 'a', -1)], out(), out()),
        ("taken elsewhere", vec![done(remove(1), 'b', -1)], there(), there()),
        ("taken from another", vec![done(remove(2), 'a', -1)], there(), there()),
        (
            "taken from one of two",
            vec![done(remove(1), 'a', -1)],
            there().user(2).member(2, 'a').member(1, 'b'),
            out().user(2).member(2, 'a').member(1, 'b').stale_group('a'),
        ),
    ]);
}

#[test]
fn a_place_that_was_given_has_the_role_that_counts_in_the_group() {
    let added = vec![done(add(1), 'a', -1)];
    let over = grant(3, proven(access::EndReason::Expired, -1, 0, &[])).manager();
    let lower = || grant(1, requested(0));
    for (case, grants, expected) in [
        ("one grant", vec![lower().manager()], Role::Manager),
        ("the highest of two", vec![lower(), grant(2, active(-1)).manager()], Role::Manager),
        (
            "not that of another group",
            vec![lower(), grant(2, active(-1)).in_group('b').manager()],
            Role::Member,
        ),
        ("not that of one that is over", vec![lower(), over], Role::Member),
    ] {
        let customer = Customer { done: added.clone(), ..customer(grants) };
        let seen = Looked::new(customer, seen().user(1), now()).observed;
        let roles: Vec<Role> = seen.members.iter().map(|it| it.role).collect();
        assert_eq!(roles, [expected], "{case}");
    }
}

#[test]
fn a_role_that_was_given_is_that_of_who_is_in_the_group() {
    let member = || seen().user(1).member(1, 'a');
    let manager = || seen().user(1).manager(1, 'a');
    assert_laid([
        ("raised, not shown", vec![done(promote(1), 'a', -1)], member(), manager()),
        ("raised, shown", vec![done(promote(1), 'a', -1)], manager(), manager()),
        ("lowered, not shown", vec![done(demote(1), 'a', -1)], manager(), member()),
        ("lowered, shown", vec![done(demote(1), 'a', -1)], member(), member()),
        ("raised, and gone since", vec![done(promote(1), 'a', -1)], seen().user(1), seen().user(1)),
        ("lowered, and gone since", vec![done(demote(1), 'a', -1)], seen().user(1), seen().user(1)),
        ("raised elsewhere", vec![done(promote(1), 'b', -1)], member(), member()),
        ("lowered elsewhere", vec![done(demote(1), 'b', -1)], manager(), manager()),
    ]);
}

#[test]
fn a_seat_that_was_given_is_active_and_one_that_was_taken_is_not() {
    let (active, inactive) = (|| seen().user(1), || seen().inactive(1));
    assert_laid([
        ("given, not shown", vec![done(wake(1), 'a', -1)], inactive(), active()),
        ("given, shown", vec![done(wake(1), 'a', -1)], active(), active()),
        ("taken, shown", vec![done(deactivate(1), 'a', -1)], active(), inactive().stale_seat(1)),
        ("taken, not shown", vec![done(deactivate(1), 'a', -1)], inactive(), inactive()),
        ("of a user who is not shown", vec![done(deactivate(1), 'a', -1)], seen(), seen()),
        ("of another", vec![done(deactivate(2), 'a', -1)], active(), active()),
    ]);
}

#[test]
fn of_what_was_done_to_the_same_the_newest_counts() {
    let out = || seen().user(1);
    let there = || seen().user(1).member(1, 'a');
    let (given, taken) = (|at| done(add(1), 'a', at), |at| done(remove(1), 'a', at));
    let invited = |at| done(Step::Invite, 'a', at);
    let cancelled = |at| done(cancel('a'), 'a', at);
    assert_laid([
        ("taken, then given", vec![taken(-2), given(-1)], there(), there()),
        (
            "taken, then given, not shown",
            vec![taken(-2), given(-1)],
            out(),
            there().laid(1, 'a', -1),
        ),
        ("given, then taken", vec![given(-2), taken(-1)], there(), out().stale_group('a')),
        ("given, then taken, not shown", vec![given(-2), taken(-1)], out(), out()),
        (
            "let in, then frozen out, not shown",
            vec![done(wake(1), 'a', -2), done(deactivate(1), 'a', -1)],
            seen().inactive(1),
            seen().inactive(1),
        ),
        (
            "invited, then cancelled, not shown",
            vec![invited(-2), cancelled(-1)],
            seen(),
            seen().sent('a', 'a', -2, InvitationStatus::Canceled),
        ),
        (
            "frozen out, then let in",
            vec![done(deactivate(1), 'a', -2), done(wake(1), 'a', -1)],
            out(),
            out(),
        ),
        (
            "let in, then frozen out",
            vec![done(wake(1), 'a', -2), done(deactivate(1), 'a', -1)],
            out(),
            seen().inactive(1).stale_seat(1),
        ),
        (
            "raised, then lowered",
            vec![done(promote(1), 'a', -2), done(demote(1), 'a', -1)],
            seen().user(1).manager(1, 'a'),
            there(),
        ),
        (
            "invited, then cancelled",
            vec![invited(-2), cancelled(-1)],
            seen().sent('a', 'a', -2, InvitationStatus::Sent),
            seen().sent('a', 'a', -2, InvitationStatus::Canceled).stale_group('a'),
        ),
    ]);
}

#[test]
fn what_was_done_longer_ago_than_a_query_may_lag_is_as_it_is_shown() {
    let there = || seen().user(1).member(1, 'a');
    let out = || seen().user(1);
    assert_laid([
        ("taken a moment ago", vec![done(remove(1), 'a', -14)], there(), out().stale_group('a')),
        ("taken a quarter of an hour ago", vec![done(remove(1), 'a', -15)], there(), there()),
        ("given a moment ago", vec![done(add(1), 'a', -14)], out(), there().laid(1, 'a', -14)),
        ("given a quarter of an hour ago", vec![done(add(1), 'a', -15)], out(), out()),
        (
            "the older of two",
            vec![done(remove(1), 'a', -15), done(deactivate(1), 'a', -14)],
            there(),
            seen().inactive(1).member(1, 'a').stale_seat(1),
        ),
    ]);
}
