//! Functions die at their calls, the platform goes on as it does, and in the end nobody can tell.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

use std::fmt::Write as _;

use crate::failures::Failures;
use machinery::effort::{Count, Effort};
use machinery::stories::{Life, Mishap, Moment, Point, Story, live, live_unrepeated};

/// Of the deaths at the same kind of call one in so many is tried with a quick effort.
const ONE_IN: usize = 24;

/// How many lives with more than one death are drawn, of each story.
const DRAWN: Count = Count { quick: 4, full: 520 };

#[tokio::test(start_paused = true)]
async fn invitations_to_a_new_group_survive_a_death_at_any_call() {
    every_step(Story::InvitedToANewGroup).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_group_that_exists_survive_a_death_at_any_call() {
    every_step(Story::InvitedToAGroupThatExists).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_survives_a_death_at_any_call() {
    every_step(Story::ProjectCloses).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_survives_a_death_at_any_call() {
    every_step(Story::Night).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_new_group_survive_deaths_while_they_recover() {
    several_deaths(Story::InvitedToANewGroup).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_group_that_exists_survive_deaths_while_they_recover() {
    several_deaths(Story::InvitedToAGroupThatExists).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_survives_deaths_while_it_recovers() {
    several_deaths(Story::ProjectCloses).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_survives_deaths_while_it_recovers() {
    several_deaths(Story::Night).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_repeats_is_finished_by_the_night_or_never_was() {
    let effort = effort();
    for story in [Story::InvitedToANewGroup, Story::InvitedToAGroupThatExists] {
        let whole = live(story, &[]).await;
        // Nothing has left.
        let first = Point { call: 1, moment: Moment::Before };
        let nothing = live_unrepeated(story, Mishap::Death(first)).await;
        let mut halves = Vec::new();
        for point in points(story, &whole, effort) {
            let life = live_unrepeated(story, Mishap::Death(point)).await;
            let half = life.halves(&whole, &nothing, story);
            if !half.is_empty() {
                halves.push(format!("{point}: {}", half.join(", ")));
            }
        }
        assert!(halves.is_empty(), "{story:?}:\n{}", halves.join("\n"));
    }
}

async fn every_step(story: Story) {
    let expected = live(story, &[]).await;
    let mut failures = Failures::default();
    for point in points(story, &expected, effort()) {
        let name = &expected.calls[point.call - 1];
        let life = live(story, &[Mishap::Death(point)]).await;
        assert_eq!(life.deaths, 1, "{story:?} reaches {point:?} ({name})");
        failures.compare(&life, &expected, &format!("{point} ({name})"));
    }
    println!("{story:?}: {} calls, {} points of death", expected.calls.len(), failures.compared);
    failures.must_be_none();
}

fn effort() -> Effort {
    let effort = Effort::from_environment();
    let (drawn, all) = (effort.draws(DRAWN), DRAWN.full);
    let tried = format!("1 in {ONE_IN} deaths, {drawn} of {all} lives of a story with several");
    effort.tell_of_part("crashes", &tried);
    effort
}

/// Before and after each call; with a quick effort, some for each kind of call.
fn points(story: Story, life: &Life, effort: Effort) -> Vec<Point> {
    let points = (1..=life.calls.len())
        .flat_map(|call| [Moment::Before, Moment::After].map(|moment| Point { call, moment }));
    effort.sample(&format!("{story:?}"), points, |point| &life.calls[point.call - 1], ONE_IN)
}

/// Two deaths, and in one of four stories three: the first anywhere, the others while it is made up for.
async fn several_deaths(story: Story) {
    let effort = effort();
    let mut random = effort.random(&format!("{story:?}"));
    let expected = live(story, &[]).await;
    let calls = expected.calls.len();
    let (mut failures, mut deaths) = (Failures::default(), 0);
    for _ in 0..effort.draws(DRAWN) {
        let number = if random.u8(..4) == 0 { 3 } else { 2 };
        let points: Vec<Point> = std::iter::repeat_with(|| {
            let moment = if random.bool() { Moment::Before } else { Moment::After };
            Point { call: random.usize(1..=calls), moment }
        })
        .take(number)
        .collect();
        let mishaps: Vec<Mishap> = points.iter().copied().map(Mishap::Death).collect();
        let life = live(story, &mishaps).await;
        deaths += life.deaths;
        let told = points.iter().fold(String::new(), |mut told, point| {
            // Writing to a text does not fail.
            let _ = write!(told, "{point}, ");
            told
        });
        failures.compare(&life, &expected, &told);
    }
    println!("{story:?}: {} stories with {deaths} deaths, {effort}", failures.compared);
    failures.must_be_none();
}
