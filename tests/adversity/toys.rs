//! The walk itself, on toys of which the number of orders is known.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

use std::collections::BTreeSet;

use hyper::HeaderMap;
use machinery::interleaving::{Chooser, Explored, Step, explore};
use machinery::network::Call;
use serde_json::json;

/// What the workers of a toy do, one after the other: keys that they write, or read if they are in upper case.
type Toy = Vec<Vec<char>>;

/// What makes the difference between orders: of any two steps that conflict, which comes first.
type Difference = BTreeSet<((usize, usize), (usize, usize))>;

#[tokio::test]
async fn steps_that_do_not_conflict_have_one_order() {
    assert_eq!(
        walk(&toy(&["abc", "def"])).await.0,
        Explored { orders: 1, repetitions: 0, is_all: true }
    );
    assert_eq!(
        walk(&toy(&["AAA", "AA"])).await.0,
        Explored { orders: 1, repetitions: 0, is_all: true }
    );
}

#[tokio::test]
async fn steps_that_all_conflict_have_as_many_orders_as_there_are_ways_to_mix_them() {
    let twenty = Explored { orders: 20, repetitions: 0, is_all: true };
    assert_eq!(walk(&toy(&["aaa", "aaa"])).await.0, twenty, "six over three");
    let (explored, seen) = walk(&toy(&["aa", "aa", "aa"])).await;
    assert_eq!((explored.orders, seen.len()), (90, 90), "six over two by four over two");
}

#[tokio::test]
async fn each_order_that_makes_a_difference_is_tried_once() {
    // On each of two keys either the one or the other is first.
    assert_eq!(walk(&toy(&["ab", "ab"])).await.0.orders, 4);
    // Nobody can be second at their first key and first at their second one, if the other does both the other way round.
    assert_eq!(walk(&toy(&["ab", "ba"])).await.0.orders, 3);
    // One conflict among much that is independent.
    assert_eq!(walk(&toy(&["xyaz", "uavw"])).await.0.orders, 2);
}

#[tokio::test]
async fn no_order_of_a_toy_that_makes_a_difference_is_left_out() {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut all, mut repetitions) = (0, 0);
    for _ in 0..300 {
        let workers = random.usize(2..4);
        let most = if workers == 2 { 6 } else { 4 };
        let worker = |random: &mut fastrand::Rng| -> Vec<char> {
            (0..random.usize(1..most))
                .map(|_| random.choice(['a', 'b', 'c', 'A', 'B', 'C']).expect("one"))
                .collect()
        };
        let toy: Toy = (0..workers).map(|_| worker(&mut random)).collect();
        let (explored, seen) = walk(&toy).await;
        let mut expected = BTreeSet::new();
        every_mix(&toy, &mut vec![0; workers], &mut Vec::new(), &mut expected);
        assert_eq!(seen, expected, "{toy:?}");
        assert_eq!(explored.orders, expected.len(), "none of them twice: {toy:?}");
        all += explored.orders;
        repetitions += explored.repetitions;
    }
    println!("toys: {all} orders, {repetitions} repetitions");
}

fn toy(workers: &[&str]) -> Toy {
    workers.iter().map(|keys| keys.chars().collect()).collect()
}

async fn walk(toy: &Toy) -> (Explored, BTreeSet<Difference>) {
    let mut seen = BTreeSet::new();
    let explored = explore(usize::MAX, async |walk| {
        let mut at = vec![0; toy.len()];
        let mut order = Vec::new();
        loop {
            let next =
                |(worker, keys): (usize, &Vec<char>)| Some(step(worker, *keys.get(at[worker])?));
            let steps: Vec<Step> = toy.iter().enumerate().filter_map(next).collect();
            if steps.is_empty() {
                break;
            }
            let Some(chosen) = walk.choose(&steps) else { return false };
            let worker = steps[chosen].worker;
            order.push((worker, at[worker]));
            at[worker] += 1;
        }
        seen.insert(difference(toy, &order));
        true
    })
    .await;
    (explored, seen)
}

fn every_mix(
    toy: &Toy,
    at: &mut Vec<usize>,
    order: &mut Vec<(usize, usize)>,
    seen: &mut BTreeSet<Difference>,
) {
    let mut is_end = true;
    for worker in 0..toy.len() {
        if at[worker] < toy[worker].len() {
            is_end = false;
            order.push((worker, at[worker]));
            at[worker] += 1;
            every_mix(toy, at, order, seen);
            at[worker] -= 1;
            order.pop();
        }
    }
    if is_end {
        seen.insert(difference(toy, order));
    }
}

fn difference(toy: &Toy, order: &[(usize, usize)]) -> Difference {
    let key = |(worker, place): (usize, usize)| toy[worker][place];
    let conflicts = |one: char, other: char| {
        one.eq_ignore_ascii_case(&other) && (one.is_lowercase() || other.is_lowercase())
    };
    let mut difference = Difference::new();
    for (place, earlier) in order.iter().enumerate() {
        for later in &order[place + 1..] {
            if earlier.0 != later.0 && conflicts(key(*earlier), key(*later)) {
                difference.insert((*earlier, *later));
            }
        }
    }
    difference
}

fn step(worker: usize, key: char) -> Step {
    let item = json!({
        ledger::TABLE.partition: { "S": key.to_ascii_lowercase().to_string() },
        ledger::TABLE.sort: { "S": "toy" },
    });
    let (target, field) = if key.is_lowercase() { ("PutItem", "Item") } else { ("GetItem", "Key") };
    let mut headers = HeaderMap::new();
    let target = format!("DynamoDB_20120810.{target}");
    headers.insert("x-amz-target", target.parse().expect("a header"));
    let body = json!({ field: item }).to_string();
    Step::of(worker, &Call::new(1, "POST", "/", &headers, body.as_bytes()))
}
