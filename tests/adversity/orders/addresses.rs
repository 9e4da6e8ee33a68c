//! One user who is known to the ledger by two addresses: two records, of which different runs are at work at the same time.

use crate::orders::case::Case;
use crate::orders::life::in_turn;
use crate::orders::{FEWER, every_order_with, orders, outcomes};

#[tokio::test(start_paused = true)]
async fn closes_of_both_addresses_of_a_user() {
    both_at_once(Case::ClosesOfBothAddresses).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_of_one_address_of_a_user_and_an_invitation_of_the_other() {
    both_at_once(Case::CloseAndInvitationOfBothAddresses).await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_of_one_address_of_a_user_and_a_close_of_the_other() {
    both_at_once(Case::SweepAndCloseOfBothAddresses).await;
}

#[tokio::test(start_paused = true)]
async fn each_ending_of_both_addresses_is_told_once() {
    for order in orders(2) {
        let scene = in_turn(Case::ClosesOfBothAddresses, &order).await;
        let endings = scene.endings();
        assert_eq!(endings.values().collect::<Vec<_>>(), [&1, &1], "{order:?}: {endings:?}");
    }
}

async fn both_at_once(case: Case) {
    let expected = outcomes(case, &orders(2)).await;
    every_order_with(case, &[], &expected, FEWER).await;
}
