//! How much the machinery says is to be tried.

use std::collections::{BTreeMap, BTreeSet};

use machinery::effort::{Count, Effort};

const COUNT: Count = Count { quick: 3, full: 40 };

#[test]
fn a_quick_effort_tries_some_of_every_kind_spread_over_all_of_them() {
    let mut begins = BTreeSet::new();
    let tried = by_kind(&effort(&[]));
    assert_eq!(tried.len(), 20, "each kind");
    for (kind, places) in tried {
        assert_eq!(places.len(), 5, "{kind}: one in ten, and one more for the rest");
        let next = places.iter().skip(1).copied().chain([places[0] + 41]);
        let gaps: Vec<usize> = places.iter().zip(next).map(|(one, next)| next - one).collect();
        assert!(gaps.iter().all(|gap| (8..=9).contains(gap)), "{kind}: {places:?}");
        begins.insert(places[0]);
    }
    assert!(begins.len() > 4, "they begin at different places: {begins:?}");
}

#[test]
fn a_full_effort_tries_all() {
    let effort = effort(&[("LANYARD_EFFORT", "full")]);
    assert_eq!(sample(&effort), points());
    assert_eq!((effort.of(COUNT), effort.draws(COUNT)), (40, 40));
}

#[test]
fn what_is_quick_is_so_by_itself_and_may_be_said() {
    for said in [&[][..], &[("LANYARD_EFFORT", "quick")]] {
        let effort = effort(said);
        assert!(sample(&effort).len() < points().len() / 4);
        assert_eq!((effort.of(COUNT), effort.draws(COUNT)), (3, 3));
    }
}

#[test]
fn a_kind_with_one_point_is_tried() {
    let effort = effort(&[]);
    assert_eq!(effort.sample("one", ['a'], |it| *it, 1_000), ['a']);
}

#[test]
fn another_seed_tries_others_and_more_times_try_more() {
    let usual = effort(&[]);
    let other = effort(&[("LANYARD_SEED", "7")]);
    assert_ne!(sample(&usual), sample(&other));
    let twice = effort(&[("LANYARD_TIMES", "2")]);
    assert_eq!(by_kind(&twice)[&0].len(), 9);
    assert_eq!((twice.of(COUNT), twice.draws(COUNT)), (3, 6));
    let more = effort(&[("LANYARD_TIMES", "2000")]);
    assert_eq!(sample(&more), points(), "not more than there are");
}

#[test]
fn what_the_environment_says_wrong_is_named_with_what_may_be_said() {
    for (name, value, mistake) in [
        ("LANYARD_EFFORT", "most", "LANYARD_EFFORT is neither quick nor full: most"),
        ("LANYARD_EFFORT", "", "LANYARD_EFFORT is neither quick nor full: "),
        ("LANYARD_SEED", "x", "LANYARD_SEED is not a number: x"),
        ("LANYARD_TIMES", "-1", "LANYARD_TIMES is not a number: -1"),
    ] {
        assert_eq!(told(&[(name, value)]), Err(mistake.to_owned()));
    }
}

/// Twenty kinds with 41 places each.
fn points() -> Vec<(usize, usize)> {
    (0..20).flat_map(|kind| (0..41).map(move |place| (kind, place))).collect()
}

fn sample(effort: &Effort) -> Vec<(usize, usize)> {
    effort.sample("points", points(), |(kind, _)| *kind, 10)
}

fn by_kind(effort: &Effort) -> BTreeMap<usize, Vec<usize>> {
    let mut by_kind: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (kind, place) in sample(effort) {
        by_kind.entry(kind).or_default().push(place);
    }
    by_kind
}

fn effort(said: &[(&str, &str)]) -> Effort {
    told(said).expect("it may be said")
}

fn told(said: &[(&str, &str)]) -> Result<Effort, String> {
    let said: BTreeMap<&str, &str> = said.iter().copied().collect();
    Effort::told(|name| said.get(name).map(|it| (*it).to_owned()))
}
