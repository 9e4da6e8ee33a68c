//! Lives that went wrong and were not made up for.

use machinery::stories::Life;

/// Lives that did not go as they should.
#[derive(Default)]
pub(crate) struct Failures {
    pub(crate) compared: usize,
    told: Vec<String>,
}

impl Failures {
    pub(crate) fn compare(&mut self, life: &Life, expected: &Life, mishap: &str) {
        self.compared += 1;
        let differences = life.differences(expected);
        if !differences.is_empty() {
            self.told.push(format!("{mishap}:\n  {}", differences.join("\n  ")));
        }
    }

    pub(crate) fn must_be_none(&self) {
        let Self { compared, told } = self;
        assert!(told.is_empty(), "{} of {compared}:\n{}", told.len(), told.join("\n"));
    }
}
