//! The clocks of two processes differ, and neither knows it.

use std::time::Instant;

use jiff::SignedDuration;
use lanyard_local::Traits;
use machinery::effort::Count;
use machinery::interleaving::Draw;

use crate::orders::case::Case;
use crate::orders::life::at_once;
use crate::orders::{effort, judge, orders, outcomes};

/// How many orders are drawn for each case, worker and side to which the worker's clock is wrong.
const DRAWN: Count = Count { quick: 1, full: 3 };

/// Of those one in so many is tried with a quick effort.
const ONE_IN: usize = 8;

const CASES: [Case; 12] = [
    Case::SweepsOfWhatIsOver,
    Case::SweepsOfWhoHasJoined,
    Case::SweepAndCloseOfAll,
    Case::SweepAndCloseOfOne,
    Case::CloseAndInvitationByAnother,
    Case::CloseAndChange,
    Case::CloseAndInvitation,
    Case::CloseAndInvitationOfACustomer,
    Case::InvitationsOfSomebodyNew,
    Case::InvitationsOfWhoIsIn,
    Case::InvitationsByTwoProjects,
    Case::ClosesOfBothAddresses,
];

#[tokio::test(start_paused = true)]
async fn a_clock_is_ahead_or_behind_by_four_seconds() {
    each_way(SignedDuration::from_secs(4)).await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_is_ahead_or_behind_by_a_minute() {
    each_way(SignedDuration::from_mins(1)).await;
}

async fn each_way(skew: SignedDuration) {
    let effort = effort();
    let (begun, mut count) = (Instant::now(), 0);
    let sides = [skew, -skew].into_iter();
    let wrong = sides.flat_map(|skew| [(0, skew), (1, skew)]);
    let points = CASES.into_iter().flat_map(|case| wrong.clone().map(move |wrong| (case, wrong)));
    let mut points = effort.sample("skewed", points, |(_, (_, skew))| *skew, ONE_IN);
    points.sort_by_key(|(case, _)| format!("{case:?}"));
    for points in points.chunk_by(|(one, _), (other, _)| one == other) {
        let case = points[0].0;
        let expected = outcomes(case, &orders(2)).await;
        for (_, (worker, skew)) in points {
            let mut traits = vec![Traits::default(); 2];
            traits[*worker].skew = *skew;
            for seed in (effort.seed..).take(effort.draws(DRAWN)) {
                let mut draw = Draw::seeded(seed);
                let scene = at_once(case, &traits, &mut draw).await.expect("it goes to its end");
                let which = format!("the clock of {worker} ahead by {skew}, LANYARD_SEED={seed}");
                judge(case, &scene, &expected, &which, draw.told());
                count += 1;
            }
        }
    }
    println!("clocks {skew} ahead or behind: {count} orders, {effort}, {:?}", begun.elapsed());
}
