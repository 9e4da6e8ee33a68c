//! What happens to one address of a request: whether it is let in, and on which way.

mod admit;
mod allowed;
mod amend;
mod answer;
mod ask;
mod barred;
mod way;

pub use admit::admit;
pub use answer::{Admission, Admitted, Outcome};
pub use ask::Ask;
