//! What the plan says: a table of grants and sightings in, the printed plan out.

mod brake;
mod elsewhere;
mod ending;
mod giving;
mod hidden;
mod namesakes;
mod one_person;
mod proof;
mod sight;
mod sparing;
mod standing;

use access::{Grant, Observed};

use crate::world::*;

/// Compares plans of single customers, written as (what is the case, grants, sighting, plan).
fn assert_plans<const N: usize>(cases: [(&str, Vec<Grant>, Observed, &str); N]) {
    for (case, grants, observed, expected) in cases {
        let text = printed_in_full(&plan(&looked(grants, observed)));
        assert_eq!(text.trim().replace('\n', " | "), expected, "{case}");
    }
}
