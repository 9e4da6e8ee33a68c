//! Histories against a model: whatever happens, in whatever order, what everybody sees is what the contract says.
//!
//! A [`Story`] is a list of commands, drawn at random: functions at work, alone, at once, or dying; customers who accept; people
//! who change things by hand; time that passes. The [`Driver`] lets them happen in a world, and in the [`model`] beside it. What
//! differs is shrunk to a short story, which is printed as the Rust for `regressions`.

mod asking;
mod check;
mod command;
mod done;
mod driver;
mod hand;
mod look;
mod looking;
mod model;
mod person;
mod regressions;
mod universe;

use machinery::effort::{Count, Effort, number};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use crate::histories::command::{Begins, Command, Story, any_story};
use crate::histories::driver::Driver;

/// How many histories there are.
const HISTORIES: Count = Count { quick: 12, full: 900 };

/// How many commands each has at most, unless `LANYARD_LENGTH` says otherwise.
const LENGTH: usize = 12;

#[test]
fn whatever_happens_is_what_the_model_says() {
    let effort = Effort::from_environment();
    let count = effort.draws(HISTORIES);
    effort.tell_of_part("histories", &format!("{count} of {} histories", HISTORIES.full));
    let config = Config {
        cases: count.try_into().expect("a number of cases"),
        rng_seed: RngSeed::Fixed(effort.seed),
        failure_persistence: None,
        max_shrink_iters: 600,
        ..Config::default()
    };
    let length = number("LANYARD_LENGTH").unwrap_or(LENGTH);
    let mut runner = TestRunner::new(config);
    let result = runner.run(&any_story(length), |story| {
        live(story.begins, &story.commands).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, story)) => {
            panic!("{effort} LANYARD_LENGTH={length}:\n{}\n{reason}", told(&story))
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// Lets a story happen in a world of its own, where waiting costs no time.
fn live(begins: Begins, commands: &[Command]) -> Result<(), String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let mut driver = Driver::begin(begins).await;
        for command in commands {
            driver.happen(*command).await.map_err(|it| format!("{command:?}: {it}"))?;
        }
        driver.end().await
    })
}

/// The story as `regressions` keeps it.
fn told(story: &Story) -> String {
    let commands: Vec<String> =
        story.commands.iter().map(|it| format!("            {it:?},\n")).collect();
    format!(
        "\n    kept(\n        {:?},\n        &[\n{}        ],\n    );\n",
        story.begins,
        commands.concat()
    )
}
