#![doc = include_str!("../README.md")]

// All strategies are boxed: unboxed, they and their values fill the stack of a test's thread.
mod json;
mod text;

use proptest::test_runner::Config;

pub use json::{Changes, changes, json, number, spoilt, with_repeated_field};
pub use text::{address, instant, is_written_as_an_instant, text};

/// A configuration of this many cases, or of `PROPTEST_CASES` where that is set. It keeps no seeds.
#[must_use]
pub fn cases(default: u32) -> Config {
    let config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        config
    } else {
        Config { cases: default, ..config }
    }
}
