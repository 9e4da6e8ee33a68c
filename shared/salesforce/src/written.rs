//! What became of records that were to be written.

use crate::{ErrorCode, Id, WriteError};

/// What became of one record of several that were to be written.
///
/// Salesforce has no fence: a request whose answer did not arrive may take effect at any later moment, also after a
/// repetition of it was answered.
#[derive(Clone, Debug)]
pub struct Written<T> {
    /// What the last answer says of the record.
    pub result: Result<T, WriteError>,
    /// Whether a request that contained the record may still take effect: at least one attempt was neither known to
    /// be carried out nor known to be refused, whatever the attempts after it came to. What was surely not sent, for
    /// lack of a connection, of time or of a token, is clear.
    pub was_unclear: bool,
}

impl<T> Written<T> {
    /// The same with another value of what was written.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Written<U> {
        Written { result: self.result.map(change), was_unclear: self.was_unclear }
    }
}

/// What became of each record so far, in their order.
pub(crate) struct Results {
    records: Vec<Slot>,
}

#[derive(Default)]
struct Slot {
    result: Option<Result<Id, WriteError>>,
    was_unclear: bool,
}

impl Results {
    pub(crate) fn of(count: usize) -> Self {
        Self { records: std::iter::repeat_with(Slot::default).take(count).collect() }
    }

    pub(crate) fn has(&self, place: usize) -> bool {
        self.records.get(place).is_some_and(|slot| slot.result.is_some())
    }

    /// The code by which the record was refused, if that is its result.
    pub(crate) fn refusal(&self, place: usize) -> Option<&ErrorCode> {
        match self.records.get(place)?.result.as_ref()? {
            Err(WriteError::Refused(error)) => Some(&error.code),
            Ok(_) | Err(WriteError::Ambiguous(_) | WriteError::NotSent(_)) => None,
        }
    }

    /// Takes the place of an earlier result, and leaves what was unclear before as it is.
    pub(crate) fn set(&mut self, place: usize, result: Result<Id, WriteError>) {
        if let Some(slot) = self.records.get_mut(place) {
            slot.was_unclear |= result.as_ref().is_err_and(WriteError::is_ambiguous);
            slot.result = Some(result);
        }
    }

    /// Notes that a request with these records was unclear.
    pub(crate) fn doubt(&mut self, places: &[usize]) {
        for place in places {
            if let Some(slot) = self.records.get_mut(*place) {
                slot.was_unclear = true;
            }
        }
    }

    /// The results, with this one for every record that has none.
    pub(crate) fn finish(self, missing: impl Fn() -> WriteError) -> Vec<Written<Id>> {
        let written = |Slot { result, was_unclear }| Written {
            result: result.unwrap_or_else(|| Err(missing())),
            was_unclear,
        };
        self.records.into_iter().map(written).collect()
    }
}
