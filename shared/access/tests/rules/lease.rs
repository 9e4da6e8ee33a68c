//! Who may change a customer.

use access::{Customer, Lease, Standing};
use jiff::SignedDuration;

use crate::world::*;

#[test]
fn a_lease_keeps_others_out_until_its_instant_and_no_longer() {
    let until = now() + SignedDuration::from_secs(60);
    let (own, other) = (Lease::from_random(1, until), Lease::from_random(2, until));
    let free = customer([]);
    assert_eq!(free.standing(now()), Standing::Free);
    let leased = free.leased(&own, now()).expect("it is free");
    assert_eq!(Customer { busy: None, ..leased.clone() }, free, "nothing else is changed");

    let before = until - SignedDuration::from_nanos(1);
    assert_eq!(leased.standing(before), Standing::Busy { until });
    assert_eq!(leased.leased(&other, before), None);
    assert_eq!(leased.leased(&own, before).as_ref(), Some(&leased), "asking again is no other");
    assert_eq!(leased.standing(until), Standing::Free);
    let taken = leased.leased(&other, until).expect("its time is over");
    assert!(taken.is_leased_by(&other) && !taken.is_leased_by(&own) && !free.is_leased_by(&own));
}

#[test]
fn a_customer_as_older_releases_wrote_them_is_free_and_a_free_one_is_written_as_they_did() {
    let written = serde_json::to_value(customer([])).unwrap();
    assert!(written.get("busy").is_none(), "{written}");
    let read: Customer = serde_json::from_value(written).unwrap();
    assert_eq!(read, customer([]));
    let leased = read.leased(&Lease::from_random(1, now()), now()).unwrap();
    let written = serde_json::to_value(&leased).unwrap();
    assert_eq!(written["busy"]["token"], "00000000000000000000000000000001");
    assert_eq!(serde_json::from_value::<Customer>(written).unwrap(), leased);
}
