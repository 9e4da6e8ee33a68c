//! What a census shows: whom to look at, and for whom nobody answers.

use std::collections::BTreeSet;

use access::{
    Adoption, Census, Email, EndReason, Grant, Group, News, OpenInvitation, Person, Place, Policy,
    Role, Sight, Survey, Ungoverned, UngovernedPolicy, Whoever, adopt, is_answered,
};

use crate::world::*;

/// A census with Ana as user 1, who has that address.
fn census() -> Census {
    let census = Census { sight: Sight::full(), seats: Some((1, 5)), ..Census::default() };
    with_person(census, 1, "ana@acme.example")
}

fn with_person(mut census: Census, number: u8, address: &str) -> Census {
    let person = Person {
        address: address.to_owned(),
        email: Email::parse(address).ok(),
        is_stock: false,
        created: Some(days(-90)),
        last_login: None,
    };
    census.persons.insert(user(number), person);
    census
}

fn with_place(mut census: Census, number: u8, letter: char, role: Role) -> Census {
    let group = Group { id: group(letter), name: format!("Group {letter}") };
    census.places.push(Place {
        user: user(number),
        group,
        has_active_owner: Some(true),
        role,
        since: Some(days(-9)),
        last_seen: None,
    });
    census
}

fn with_invitation(mut census: Census, letter: char, address: &str) -> Census {
    census.invitations.push(OpenInvitation {
        id: invitation(letter),
        group: Some(group(letter)),
        address: address.to_owned(),
        email: Email::parse(address).ok(),
        created: days(-9),
        inviter: Some(user(9)),
    });
    census
}

const SHOWS: News = News { shows: true, lacks: false };
const LACKS: News = News { shows: false, lacks: true };
const NOTHING: News = News { shows: false, lacks: false };

#[test]
fn whoever_is_not_as_the_ledger_has_them_is_looked_at() {
    let member = || with_place(census(), 1, 'a', Role::Member);
    let over = |at| vec![grant(1, ended(EndReason::Expired, at, &[]))];
    let cases = [
        ("in the group, as promised", vec![grant(1, active(-9))], member(), NOTHING),
        ("not in the group", vec![grant(1, active(-9))], census(), LACKS),
        ("in another group", vec![grant(1, active(-9)).in_group('b')], member(), LACKS),
        ("in another role", vec![grant(1, active(-9)).manager()], member(), SHOWS),
        ("joined", vec![grant(1, invited(-9))], member(), SHOWS),
        ("has not joined", vec![grant(1, invited(-9))], census(), NOTHING),
        ("back in the group", over(-3), member(), SHOWS),
        ("back in no group", over(-3), census(), SHOWS),
        (
            "in a group of somebody else's",
            over(-3),
            with_place(census(), 1, 'z', Role::Member),
            NOTHING,
        ),
        (
            "in the group for another grant",
            [over(-3), vec![grant(2, active(-9))]].concat(),
            member(),
            NOTHING,
        ),
        (
            "active for a grant of another group",
            [over(-3), vec![grant(2, active(-9)).in_group('b')]].concat(),
            with_place(census(), 1, 'b', Role::Member),
            NOTHING,
        ),
        ("being ended", vec![grant(1, ending(EndReason::Expired, -1, &[]))], member(), NOTHING),
    ];
    for (case, grants, census, expected) in cases {
        assert_eq!(Survey::new(&census).see(&customer(grants), now()), expected, "{case}");
    }
}

#[test]
fn what_no_grant_answers_for_is_ungoverned() {
    let here = || with_place(census(), 1, 'a', Role::Member);
    let stranger = || {
        let census = with_person(here(), 5, "eve@else.example");
        with_place(census, 5, 'a', Role::Manager)
    };
    let just_ended = Grant { state: just_ended(), ..grant(1, active(-9)) };
    let cases = [
        ("the customer's own place", vec![grant(1, active(-9))], here(), ""),
        (
            "one that is being ended",
            vec![grant(1, ending(EndReason::Expired, -1, &[]))],
            here(),
            "",
        ),
        ("one that was ended a moment ago", vec![just_ended], here(), ""),
        ("one that has ended", vec![grant(1, ended(EndReason::Expired, -3, &[]))], here(), "1: a"),
        (
            "another group",
            vec![grant(1, active(-9))],
            with_place(here(), 1, 'z', Role::Member),
            "1: z",
        ),
        ("a stranger", vec![grant(1, active(-9))], stranger(), "5: a"),
        (
            "a seat without a group",
            vec![grant(1, active(-9))],
            with_person(here(), 5, "eve@else.example"),
            "5: ",
        ),
        (
            "the customer's own invitation",
            vec![grant(1, invited(-9))],
            with_invitation(here(), 'a', "ana@acme.example"),
            "",
        ),
        (
            "an invitation of somebody else",
            vec![grant(1, active(-9))],
            with_invitation(here(), 'b', "finn@else.example"),
            "inv b: b",
        ),
    ];
    for (case, grants, census, expected) in cases {
        assert_eq!(printed(&census, grants, &Policy::default()), expected, "{case}");
    }
}

#[test]
fn what_is_young_stock_or_left_to_others_is_not_told() {
    let grants = || vec![grant(1, active(-9))];
    let here = || with_place(census(), 1, 'a', Role::Member);
    let eve = || with_place(with_person(here(), 5, "eve@else.example"), 5, 'b', Role::Member);
    let policy = |policy| Policy { ungoverned: policy, ..Policy::default() };
    let except_group = policy(UngovernedPolicy {
        except_groups: BTreeSet::from(["group b".to_owned()]),
        ..UngovernedPolicy::default()
    });
    let except_domain = policy(UngovernedPolicy {
        except_domains: BTreeSet::from(["else.example".to_owned()]),
        ..UngovernedPolicy::default()
    });
    assert_eq!(printed(&eve(), grants(), &Policy::default()), "5: b");
    assert_eq!(printed(&eve(), grants(), &except_group), "");
    assert_eq!(printed(&eve(), grants(), &except_domain), "");
    let mut young = eve();
    young.places[1].since = Some(minutes(-14));
    assert_eq!(printed(&young, grants(), &Policy::default()), "");
    young.places[1].since = Some(minutes(-15));
    assert_eq!(printed(&young, grants(), &Policy::default()), "5: b");
    let mut stock = eve();
    stock.persons.get_mut(&user(5)).expect("eve").is_stock = true;
    assert_eq!(printed(&stock, grants(), &Policy::default()), "");
}

#[test]
fn who_gives_no_sign_of_life_for_sixty_days_is_idle() {
    let at = |census: &Census, day: i64| census.idle(days(day)).len();
    let mut it = with_place(census(), 1, 'a', Role::Member);
    assert_eq!((at(&it, 50), at(&it, 51)), (0, 1), "since the customer came to the group");
    it.places[0].last_seen = Some(days(20));
    assert_eq!((at(&it, 79), at(&it, 80)), (0, 1), "since the feed was opened");
    it.persons.get_mut(&user(1)).expect("ana").last_login = Some(days(30));
    assert_eq!((at(&it, 89), at(&it, 90)), (0, 1), "since the last sign-in");
    it.persons.get_mut(&user(1)).expect("ana").is_stock = true;
    assert_eq!(at(&it, 400), 0);
}

#[test]
fn beside_who_joined_and_while_the_invitation_is_unused_nobody_answers_for_a_namesake() {
    let two = with_person(with_place(census(), 1, 'a', Role::Member), 2, "ana@acme.example");
    let two = with_place(two, 2, 'a', Role::Member);
    assert_eq!(printed(&two, vec![grant(1, active(-9))], &Policy::default()), "2: a");
    let sent = || Grant { invitations: [invitation('a')].into(), ..grant(1, invited(-9)) };
    let named = with_place(with_person(census(), 2, "ana@acme.example"), 2, 'a', Role::Member);
    let named = with_place(named, 1, 'a', Role::Member);
    let open = with_invitation(named.clone(), 'a', "ana@acme.example");
    assert_eq!(printed(&open, vec![sent()], &Policy::default()), "2: a", "it is open");
    assert_eq!(printed(&named, vec![sent()], &Policy::default()), "", "it may have been accepted");
    let other = with_invitation(named, 'b', "bo@acme.example");
    assert_eq!(
        printed(&other, vec![sent()], &Policy::default()),
        "inv b: b",
        "another one is open"
    );
}

#[test]
fn nobody_is_adopted_who_has_the_address_of_somebody_else_and_nobody_twice() {
    let found = |number| Ungoverned { who: Whoever::User(user(number)), ..found_in('b') };
    let known = looked(vec![grant(1, active(-9))], seen()).customer;
    let adopted = |it: &Ungoverned| {
        let adoption = Adoption { days: 30, sponsor: email("kim@corp.example") };
        adopt(&Policy::default(), &adoption, &known, it, || grant_id(7), ACTOR, now())
    };
    assert!(adopted(&found(1)).is_some(), "the customer whom the ledger knows");
    assert_eq!(adopted(&found(2)), None, "somebody else with the address");
    let invited = Ungoverned { who: Whoever::Invited(invitation('b')), ..found_in('b') };
    assert!(adopted(&invited).is_some());
    assert!(is_answered(&known, &found_in('a')) && !is_answered(&known, &found_in('b')));
    let both = Ungoverned {
        groups: [found_in('a').groups, found_in('b').groups].concat(),
        ..found_in('a')
    };
    assert!(!is_answered(&known, &both));
    assert!(!is_answered(&known, &Ungoverned { groups: Vec::new(), ..both }));
    let over = looked(vec![grant(1, ended(EndReason::Expired, -1, &[]))], seen()).customer;
    assert!(!is_answered(&over, &found_in('a')));
    let ending = looked(vec![grant(1, ending(EndReason::Expired, -1, &[]))], seen()).customer;
    assert!(is_answered(&ending, &found_in('a')));
}

/// User 1 with the address, in a group.
fn found_in(letter: char) -> Ungoverned {
    let census = with_place(census(), 1, letter, Role::Member);
    found(&census, Vec::new(), &Policy::default()).remove(0)
}

#[test]
fn ungoverned_access_becomes_a_grant_like_any_other_unless_somebody_answers_by_now() {
    let census = with_place(with_place(census(), 1, 'a', Role::Manager), 1, 'b', Role::Member);
    let found = found(&census, vec![], &Policy::default());
    let adoption = Adoption { days: 30, sponsor: email("kim@corp.example") };
    let adopted = |customer: &access::Customer, policy: &Policy| {
        let mut number = 6;
        let ids = || {
            number += 1;
            grant_id(number)
        };
        adopt(policy, &adoption, customer, &found[0], ids, ACTOR, now())
    };
    let nobody = access::Customer { users: BTreeSet::new(), ..customer([]) };
    let it = adopted(&nobody, &Policy::default()).expect("it is adopted");
    let grant = &it.customer.grants[&it.grants[&group('a')]];
    assert_eq!(standing(grant), "g7 is active");
    assert_eq!(
        (grant.role, grant.expires_at, grant.project.as_str()),
        (Role::Manager, days(30), "ungoverned")
    );
    assert_eq!(grant.joined.as_ref().map(|it| it.at), Some(days(-9)));
    assert_eq!((it.grants.len(), it.audit.len(), it.expires_at), (2, 2, days(30)));
    assert!(it.customer.users.contains(&user(1)), "later readings look for whom we adopted");

    let asked = customer([self::grant(1, active(-1))]);
    let it = adopted(&asked, &Policy::default()).expect("the other group");
    assert_eq!(it.grants.keys().collect::<Vec<_>>(), [&group('b')]);
    let both = customer([self::grant(1, active(-1)), self::grant(2, active(-1)).in_group('b')]);
    assert_eq!(adopted(&both, &Policy::default()), None);
    let protected = BTreeSet::from(["@acme.example".to_owned()]);
    assert_eq!(adopted(&nobody, &Policy { protected, ..Policy::default() }), None);
}

fn just_ended() -> access::State {
    let (reason, proof) = (EndReason::Expired, access::Proof::Unproven);
    access::State::Ended { reason, at: minutes(-14), steps: Vec::new(), version: 5, proof }
}

fn found(census: &Census, grants: Vec<Grant>, policy: &Policy) -> Vec<Ungoverned> {
    let mut survey = Survey::new(census);
    let _ = survey.see(&customer(grants), now());
    survey.ungoverned(policy, now())
}

/// Who is ungoverned, and in which groups.
fn printed(census: &Census, grants: Vec<Grant>, policy: &Policy) -> String {
    let line = |it: &Ungoverned| {
        let who = match &it.who {
            Whoever::User(user) => user.as_str().trim_start_matches("005").trim_start_matches('0'),
            Whoever::Invited(invitation) => &format!(
                "inv {}",
                invitation.as_str().trim_start_matches("inv").trim_start_matches('0')
            ),
        };
        let groups: Vec<&str> = it
            .groups
            .iter()
            .map(|it| it.group.id.as_str().trim_start_matches("0F9").trim_start_matches('0'))
            .collect();
        format!("{who}: {}", groups.join(" "))
    };
    found(census, grants, policy).iter().map(line).collect::<Vec<_>>().join(", ")
}
