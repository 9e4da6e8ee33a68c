//! Histories against the truth: whatever hands do, and whatever Lanyard may see of it, what it tells as ended is over, and whoever an
//! active grant holds stays.
//!
//! There is no model of the product here. A [`Life`] remembers as whom the hands have let customers in, and after each command looks
//! into the simulated org as it really is. The hands change addresses, also to those of other customers, hide users, groups and invitations from the integration user, swap the org behind the
//! secret, accept under any address, as somebody else or by a cancelled link, give invitations statuses that nobody documented, and
//! invite, put in, remove and deactivate by hand. At the end all that was hidden is shown, months pass, and nobody is left whom
//! nobody knows of.

mod deed;
mod life;

use machinery::effort::{Count, Effort, number};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use crate::truth::deed::{Deed, Org, any_deed, any_org};
use crate::truth::life::Life;

/// How many histories there are.
const HISTORIES: Count = Count { quick: 40, full: 500 };

/// How many deeds each has at most, unless `LANYARD_LENGTH` says otherwise.
const LENGTH: usize = 14;

#[test]
fn what_is_told_as_ended_is_over_whatever_could_be_seen_of_it() {
    let effort = Effort::from_environment();
    let count = effort.draws(HISTORIES);
    effort.tell_of_part("truth", &format!("{count} of {} histories", HISTORIES.full));
    let config = Config {
        cases: count.try_into().expect("a number of cases"),
        rng_seed: RngSeed::Fixed(effort.seed),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let length = number("LANYARD_LENGTH").unwrap_or(LENGTH);
    let deeds = prop::collection::vec(any_deed(), 1..=length);
    let result = TestRunner::new(config)
        .run(&(any_org(), deeds), |(org, deeds)| live(org, &deeds).map_err(TestCaseError::fail));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (org, deeds))) => {
            let deeds: Vec<String> = deeds.iter().map(|it| format!("    {it:?},\n")).collect();
            panic!("{effort} LANYARD_LENGTH={length}:\n{org:?}\n{}\n{reason}", deeds.concat())
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// Lets a history happen in a world of its own, where waiting costs no time.
fn live(org: Org, deeds: &[Deed]) -> Result<(), String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let mut life = Life::begin(org).await;
        for deed in deeds {
            life.happen(*deed).await.map_err(|it| format!("{deed:?}: {it}"))?;
        }
        life.end().await
    })
}
