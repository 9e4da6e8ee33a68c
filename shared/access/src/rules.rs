//! What is to happen to every grant and why, what the brake holds back, and what a person's word takes away: the plan.

mod brake;
mod decide;
mod ending;
mod giving;
mod lingering;
mod plan;
mod withdraw;

pub use decide::{Brake, decide};
pub use lingering::{LINGERING_WINDOW, ending_projects, lingering_minutes};
pub use plan::{Braked, Decision, Plan, Reason, Verdict};
pub use withdraw::{Withdrawal, withdraw};

pub(crate) use ending::{doubt, doubtful, is_under_way};
pub(crate) use giving::{back_steps, is_link_hidden, role_steps, wakes_hidden};
