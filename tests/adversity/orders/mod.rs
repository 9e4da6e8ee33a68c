//! What is done at the same time comes to the same end as if it had been done one after the other, whatever the order of the calls.
//!
//! For small cases every order of calls that can make a difference is lived through; for larger ones a sample is drawn. What there
//! is to see in the end is compared with what there is when one thing is done after the other, in any order.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

mod addresses;
pub(crate) mod case;
pub(crate) mod life;
mod skewed;
mod twice;

use std::time::Instant;

use lanyard_local::Traits;
use machinery::effort::{Count, Effort, number};
use machinery::interleaving::{Draw, Explored, explore};

use crate::orders::case::Case;
use crate::orders::life::{Scene, at_once, in_turn};

#[tokio::test(start_paused = true)]
async fn two_sweeps_end_what_is_over() {
    every_order(Case::SweepsOfWhatIsOver).await;
}

#[tokio::test(start_paused = true)]
async fn two_sweeps_make_a_manager_of_who_has_accepted() {
    every_order(Case::SweepsOfWhoHasJoined).await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_and_a_close_end_a_grant_each() {
    every_order(Case::SweepAndCloseOfAll).await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_and_a_close_end_the_same_grant() {
    every_order(Case::SweepAndCloseOfOne).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_and_another_projects_invitation() {
    every_order(Case::CloseAndInvitationByAnother).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_and_a_change() {
    every_order(Case::CloseAndChange).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_and_an_invitation() {
    every_order(Case::CloseAndInvitation).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_and_an_invitation_of_a_customer_of_the_org() {
    every_order(Case::CloseAndInvitationOfACustomer).await;
}

#[tokio::test(start_paused = true)]
async fn two_invitations_for_somebody_new_with_different_roles() {
    every_order(Case::InvitationsOfSomebodyNew).await;
}

#[tokio::test(start_paused = true)]
async fn two_requests_for_who_is_in_with_different_roles() {
    every_order(Case::InvitationsOfWhoIsIn).await;
}

#[tokio::test(start_paused = true)]
async fn two_projects_invitations_for_a_customer_with_different_roles() {
    every_order(Case::InvitationsByTwoProjects).await;
}

#[tokio::test(start_paused = true)]
async fn two_sweeps_and_a_close() {
    let expected = outcomes(Case::SweepsAndClose, &orders(3)).await;
    drawn_orders(Case::SweepsAndClose, &[], &expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_an_invitation_and_a_sweep() {
    let expected = outcomes(Case::CloseInvitationAndSweep, &orders(3)).await;
    drawn_orders(Case::CloseInvitationAndSweep, &[], &expected).await;
}

/// How many orders of one case are lived through, one after the other, unless `LANYARD_ORDERS` says otherwise. Two cases have
/// more. With a quick effort all are drawn: the first few begin alike.
const MOST: Count = Count { quick: 0, full: 600 };

/// The same where there are many such cases.
const FEWER: Count = Count { quick: 0, full: 150 };

fn effort() -> Effort {
    let effort = Effort::from_environment();
    let tried = format!("{} orders of calls in each case", effort.draws(DRAWN));
    effort.tell_of_part("orders", &tried);
    effort
}

async fn every_order(case: Case) {
    let expected = outcomes(case, &orders(2)).await;
    every_order_with(case, &[], &expected, MOST).await;
}

/// Every order of workers with these traits, or so many.
async fn every_order_with(case: Case, traits: &[Traits], expected: &[Scene], most: Count) {
    let effort = effort();
    let begun = Instant::now();
    let most = number("LANYARD_ORDERS").unwrap_or(effort.of(most));
    let mut count = 0;
    let explored = explore(most, async |walk| {
        count += 1;
        match at_once(case, traits, walk).await {
            None => false,
            Some(scene) => {
                judge(case, &scene, expected, &format!("run {count}"), &walk.told());
                true
            }
        }
    })
    .await;
    let Explored { orders, repetitions, is_all } = explored;
    let which = if is_all { "all" } else { "the first" };
    println!("{case:?}: {which} {orders} orders, {repetitions} repetitions, {:?}", begun.elapsed());
    // The first ones begin alike, so that others are drawn.
    if !is_all {
        drawn_orders(case, traits, expected).await;
    }
}

/// How many orders are drawn of a case that has too many.
const DRAWN: Count = Count { quick: 4, full: 40 };

async fn drawn_orders(case: Case, traits: &[Traits], expected: &[Scene]) {
    let effort = effort();
    let begun = Instant::now();
    println!("{case:?}: {} orders, {effort}", effort.draws(DRAWN));
    for seed in (effort.seed..).take(effort.draws(DRAWN)) {
        let mut draw = Draw::seeded(seed);
        let scene = at_once(case, traits, &mut draw).await.expect("it goes to its end");
        judge(case, &scene, expected, &format!("LANYARD_SEED={seed}"), draw.told());
    }
    println!("{case:?}: {:?}", begun.elapsed());
}

/// What there is to see when one thing is done after the other, in each of these orders.
pub(crate) async fn outcomes(case: Case, orders: &[Vec<usize>]) -> Vec<Scene> {
    let mut outcomes = Vec::new();
    for order in orders {
        outcomes.push(in_turn(case, order).await);
    }
    outcomes
}

/// All orders of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for order in orders(last) {
        for place in 0..=order.len() {
            let mut order = order.clone();
            order.insert(place, last);
            all.push(order);
        }
    }
    all
}

fn judge(case: Case, scene: &Scene, expected: &[Scene], which: &str, order: &[String]) {
    let least = mistakes(scene, expected);
    assert!(
        least.is_empty(),
        "{case:?}, {which}: like none of what comes of one after the other; at least\n  {}\nin the order\n  {}",
        least.join("\n  "),
        order.join("\n  ")
    );
}

/// Where a scene differs from the most similar of what comes of one after the other.
pub(crate) fn mistakes(scene: &Scene, expected: &[Scene]) -> Vec<String> {
    let differences = expected.iter().map(|expected| scene.differences(expected));
    let mut least = differences.min_by_key(Vec::len).expect("there is an outcome");
    least.extend(scene.told_too_much(expected));
    least
}
