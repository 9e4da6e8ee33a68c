//! What was sent takes effect after everybody has given up on it, also where it was repeated meanwhile.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

use std::time::Duration;

use lanyard_local::Pace;
use machinery::effort::Effort;
use machinery::platform::Function;
use machinery::stories::{LandsLater, Mishap, Story, invoke, live};
use machinery::world::{
    World, closed, days, grants, invitation_mails, invite, join, request, seat, told, world_with,
};
use serde_json::json;

use crate::failures::Failures;

/// Of the calls that can land late one in so many is tried with a quick effort.
const ONE_IN: usize = 8;

const ANA: &str = "ana@acme.example";

/// While it is repeated; after that; and when the longest time is nearly over after which Lanyard believes that nothing is under way.
const LATENESS: [Duration; 4] = [
    Duration::from_millis(1),
    Duration::from_secs(2),
    Duration::from_secs(40),
    Duration::from_mins(14),
];

#[tokio::test(start_paused = true)]
async fn a_close_survives_calls_that_land_late() {
    every_late_call(Story::ProjectCloses).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_survives_calls_that_land_late() {
    every_late_call(Story::Night).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_new_group_survive_calls_that_land_late() {
    every_late_call(Story::InvitedToANewGroup).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_group_that_exists_survive_calls_that_land_late() {
    every_late_call(Story::InvitedToAGroupThatExists).await;
}

async fn every_late_call(story: Story) {
    let expected = live(story, &[]).await;
    let mut failures = Failures::default();
    let points = late_calls(&expected.calls);
    let all = points.len();
    for late in effort().sample(&format!("{story:?}"), points, |late| late.after, ONE_IN) {
        let name = &expected.calls[late.call - 1];
        let life = live(story, &[Mishap::Late(late)]).await;
        failures.compare(&life, &expected, &format!("{late} ({name})"));
    }
    println!("{story:?}: {} of {all} calls that land late", failures.compared);
    failures.must_be_none();
}

#[tokio::test(start_paused = true)]
async fn who_is_let_in_again_is_in_although_what_ended_the_access_before_lands_late() {
    let ended = calls_of_an_end().await;
    let pauses = [Duration::from_secs(1), Duration::from_mins(10)];
    let points = late_calls(&ended).into_iter();
    let points: Vec<_> = points.flat_map(|late| pauses.map(|pause| (late, pause))).collect();
    let all = points.len();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (late, pause) in effort().sample("let in again", points, |(late, _)| late.after, ONE_IN) {
        let told = let_in_again(late, pause).await;
        count += 1;
        if told != "active in Acme; P-2 member active; 1 mail; drifted 0; ended 1" {
            let name = &ended[late.call - 1];
            wrong.push(format!("{late} ({name}), asked for {pause:?} later: {told}"));
        }
    }
    println!("let in again: {count} of {all} calls that land late");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every write to Salesforce among calls, late by each lateness.
fn late_calls(calls: &[String]) -> Vec<LandsLater> {
    let is_write = |name: &str| name.starts_with("Salesforce ") && !name.contains("GET ");
    let writes = calls.iter().enumerate().filter(|(_, name)| is_write(name));
    let late = |(place, _)| LATENESS.map(|after| LandsLater { call: place + 1, after });
    writes.flat_map(late).collect()
}

fn effort() -> Effort {
    let effort = Effort::from_environment();
    effort.tell_of_part("late", &format!("1 in {ONE_IN} of the calls that can land late"));
    effort
}

async fn joined() -> World {
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.jitter_seed = Some(1);
    })
    .await;
    join(&world, "P-1", "Acme", ANA).await;
    world.pass(days(1));
    world
}

async fn calls_of_an_end() -> Vec<String> {
    let world = joined().await;
    let close = closed(&world, "P-1");
    invoke(&world, Function::CloseProject, close, None).await.1
}

/// Closes the project of somebody, of which one call lands late, lets her in again, and says how it stands after three nights.
async fn let_in_again(late: LandsLater, pause: Duration) -> String {
    let world = joined().await;
    let close = closed(&world, "P-1");
    let _ = invoke(&world, Function::CloseProject, close, Some(&Mishap::Late(late))).await;
    tokio::time::sleep(pause).await;
    for _ in 0..6 {
        if invite(&world, request("P-2", "Acme", ANA)).await.starts_with(ANA) {
            break;
        }
        tokio::time::sleep(Duration::from_mins(5)).await;
    }
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_hours(24)).await;
        let _ = world.sweep(json!({})).await;
    }
    let mails = invitation_mails(&world, ANA);
    let grants = grants(&world, ANA).await;
    let second = grants.iter().find(|it| it.starts_with("P-2")).cloned().unwrap_or_default();
    let told = |kind| told(&world, kind).len();
    let (drifted, ended) = (told("Customer Access Drifted"), told("Customer Access Ended"));
    let seat = seat(&world, ANA);
    format!("{seat}; {second}; {mails} mail; drifted {drifted}; ended {ended}")
}
