//! The platform hands the same event to two containers at once, with the same id: it comes to what it comes to once, or twice.

use lanyard_local::Traits;

use crate::orders::case::Case;
use crate::orders::{FEWER, every_order_with, outcomes};

#[tokio::test(start_paused = true)]
async fn a_close_is_delivered_twice() {
    delivered_twice(Case::CloseTwice).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_of_somebody_new_is_delivered_twice() {
    delivered_twice(Case::InvitationTwice).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_of_a_customer_is_delivered_twice() {
    delivered_twice(Case::InvitationOfACustomerTwice).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_begins_twice() {
    delivered_twice(Case::SweepsOfWhatIsOver).await;
}

async fn delivered_twice(case: Case) {
    let expected = outcomes(case, &[vec![0], vec![0, 1]]).await;
    let traits = Traits { request_id: Some("delivery-1".to_owned()), ..Traits::default() };
    every_order_with(case, &[traits.clone(), traits], &expected, FEWER).await;
}
