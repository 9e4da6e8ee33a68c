//! What happens to one address of a request: whether it is let in, on which way, and what is recorded once that was tried.

mod admit;
mod amend;
mod answer;
mod ask;
mod barred;
mod claim;
mod conclude;
mod way;

pub use admit::admit;
pub use answer::{Admission, Admitted, Outcome};
pub use ask::Ask;
pub use claim::release;
pub use conclude::{Carried, Concluded, conclude};
