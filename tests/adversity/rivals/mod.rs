//! A function dies at one of its calls while another is at work on the same customer, or before another comes: what there is to see in
//! the end is what there is when both have done their work one after the other, the one that died once or twice.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

mod life;

use std::time::Instant;

use machinery::effort::Effort;
use machinery::stories::{Moment, Point};

use crate::orders::case::Case;
use crate::orders::life::Scene;
use crate::orders::{mistakes, outcomes};
use crate::rivals::life::{Lived, Rival, calls_of, live};

/// Of the deaths one in so many is tried with a quick effort.
const ONE_IN: usize = 16;

#[tokio::test(start_paused = true)]
async fn a_close_dies_beside_another_projects_invitation() {
    every_death(Case::CloseAndInvitationByAnother, 0).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_dies_beside_a_close_of_another_project() {
    every_death(Case::CloseAndInvitationByAnother, 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_of_somebody_new_dies_beside_a_close_of_its_project() {
    every_death(Case::CloseAndInvitation, 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_of_a_customer_dies_beside_a_close_of_its_project() {
    every_death(Case::CloseAndInvitationOfACustomer, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_dies_beside_a_close_of_all_that_is_left() {
    every_death(Case::SweepAndCloseOfAll, 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_dies_beside_a_close_that_ends_the_same() {
    every_death(Case::SweepAndCloseOfOne, 0).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_dies_beside_the_same_invitation() {
    every_death(Case::InvitationTwice, 0).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_of_a_customer_dies_beside_the_same_invitation() {
    every_death(Case::InvitationOfACustomerTwice, 0).await;
}

/// Lets one of two die before and after each of its calls, with each kind of rival.
async fn every_death(case: Case, mortal: usize) {
    let effort = effort();
    let begun = Instant::now();
    let rival = 1 - mortal;
    // A message that is handed over again does its work a second time, before or after the rival's.
    let orders = [
        vec![mortal, rival],
        vec![rival, mortal],
        vec![mortal, rival, mortal],
        vec![rival, mortal, mortal],
        vec![mortal, mortal, rival],
    ];
    let expected = outcomes(case, &orders).await;
    let calls = calls_of(case, mortal).await;
    let unsent = case.may_end_before_it_is_given().then(|| Unsent::of(&expected, &calls));
    let points = (1..=calls.len())
        .flat_map(|call| [Moment::Before, Moment::After].map(|moment| Point { call, moment }))
        .flat_map(|point| Rival::all(effort.seed).map(|rival| (point, rival)));
    let purpose = format!("{case:?} {mortal}");
    let (mut lives, mut deaths, mut wrong) = (0, 0, Vec::new());
    for (point, rival) in effort.sample(&purpose, points, |(_, rival)| rival.kind(), ONE_IN) {
        let Lived { scene, has_died, order } = live(case, mortal, point, rival).await;
        lives += 1;
        deaths += usize::from(has_died);
        let unsent = unsent.as_ref().filter(|it| it.is_so(point));
        let expected = unsent.map_or(&expected, |it| &it.expected);
        let mistakes = mistakes(&scene, expected);
        if !mistakes.is_empty() {
            let mistakes = mistakes.join("\n    ");
            let call = &calls[point.call - 1];
            let order = order.join("\n    ");
            wrong.push(format!("{point} ({call}), {rival}:\n    {mistakes}\n  {order}"));
        }
    }
    println!(
        "{case:?}, {mortal} dies: {} calls, {lives} lives, {deaths} deaths, {effort}, {:?}",
        calls.len(),
        begun.elapsed()
    );
    assert!(
        wrong.is_empty(),
        "{case:?}, {mortal} dies, {effort}: {} of {lives} like none of what comes of one after the other; at least\n  {}\nits calls are\n  {}",
        wrong.len(),
        wrong.join("\n  "),
        calls.join("\n  ")
    );
}

/// What becomes of a request that dies before it gives anything: if its intent is recorded, a close has something to end and
/// nothing to take away, and when it comes again it is refused.
struct Unsent {
    /// The number of the call by which access is given: the first to Salesforce once the intent is recorded.
    given_by: usize,
    expected: Vec<Scene>,
}

impl Unsent {
    /// `expected` begins with what comes of the request and then the close, and of the other way round.
    fn of(expected: &[Scene], calls: &[String]) -> Self {
        let intent = calls.iter().position(|it| it.ends_with("TransactWriteItems"));
        let intent = intent.expect("an intent is recorded");
        let given = calls[intent..].iter().position(|it| it.starts_with("Salesforce "));
        let given_by = intent + given.expect("something is given") + 1;
        let never_given = Scene::never_given(&expected[0], &expected[1]);
        Self { given_by, expected: expected.iter().cloned().chain([never_given]).collect() }
    }

    fn is_so(&self, point: Point) -> bool {
        let Point { call, moment } = point;
        call < self.given_by || (call == self.given_by && moment == Moment::Before)
    }
}

fn effort() -> Effort {
    let effort = Effort::from_environment();
    effort.tell_of_part("rivals", &format!("1 in {ONE_IN} deaths beside a rival"));
    effort
}
