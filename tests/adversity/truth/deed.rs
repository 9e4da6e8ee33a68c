//! What can happen.

use proptest::prelude::*;
use proptest::sample::select;

/// Whom Lanyard is asked to let in, as it knows them.
pub(crate) const CUSTOMERS: [&str; 2] = ["ana@acme.example", "bo+x@acme.example"];
pub(crate) const GROUPS: [&str; 2] = ["Acme", "Globex"];
pub(crate) const PROJECTS: [&str; 2] = ["P-1", "P-2"];

/// Addresses under which somebody may accept, or to which somebody may change theirs. Some are none that Lanyard takes, and some are
/// those of customers, so that one user is known under two of them.
pub(crate) const ADDRESSES: [&str; 6] = [
    "new@elsewhere.example",
    "bé@acme.example",
    "a..b@acme.example",
    "Ana.Two@acme.example",
    CUSTOMERS[0],
    CUSTOMERS[1],
];

/// Where the sources leave open what an org does.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent open questions")]
pub(crate) struct Org {
    pub(crate) link_outlives: bool,
    pub(crate) row_disappears: bool,
    pub(crate) original_stays: bool,
    pub(crate) refuses_paths: bool,
    /// How an address is normalised: as everybody believes, without its sub-address, or not at all.
    pub(crate) normalises: u8,
}

/// What happens. Whoever and whatever is concerned is given by its place in [`CUSTOMERS`], [`GROUPS`] and [`PROJECTS`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Ask(usize, usize, usize, i64),
    Close(usize),
    Sweep,
    Pass(i64),
    Accept(usize, usize, How),
    Hand(Hand),
    HideAll(bool),
    Miscount(i64),
    SwapOrg(bool),
}

/// How an invitation is accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    Plainly,
    /// Under one of [`ADDRESSES`].
    Under(usize),
    /// Plainly, and then the address is changed to one of [`ADDRESSES`].
    Slipping(usize),
    /// As the user of another customer.
    As(usize),
    /// By the link of one that was cancelled.
    Late,
}

/// What people do at a screen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hand {
    ChangeAddress(usize, usize),
    Hide(usize, bool),
    HideProfile(usize, bool),
    /// Of a group nothing is shown.
    HideGroup(usize, bool),
    /// The row of an invitation that was sent is not shown.
    HideInvitation(usize, usize),
    Status(usize, usize),
    Remove(usize, usize),
    Deactivate(usize),
    Invite(usize),
    PutIn(usize),
}

pub(crate) fn any_org() -> impl Strategy<Value = Org> {
    (any::<[bool; 4]>(), 0..3_u8).prop_map(|(flags, normalises)| Org {
        link_outlives: flags[0],
        row_disappears: flags[1],
        original_stays: flags[2],
        refuses_paths: flags[3],
        normalises,
    })
}

pub(crate) fn any_deed() -> impl Strategy<Value = Deed> {
    let who = || 0..CUSTOMERS.len();
    let group = || 0..GROUPS.len();
    let project = || 0..PROJECTS.len();
    prop_oneof![
        6 => (who(), group(), project(), select(vec![1_i64, 3, 80]))
            .prop_map(|(who, group, project, days)| Deed::Ask(who, group, project, days)),
        3 => project().prop_map(Deed::Close),
        4 => Just(Deed::Sweep),
        5 => select(vec![0_i64, 1, 24, 24, 24 * 8, 24 * 40]).prop_map(Deed::Pass),
        9 => (who(), group(), any_how()).prop_map(|(who, group, how)| Deed::Accept(who, group, how)),
        9 => any_hand().prop_map(Deed::Hand),
        1 => any::<bool>().prop_map(Deed::HideAll),
        1 => select(vec![0_i64, 0, 1, -1]).prop_map(Deed::Miscount),
        1 => any::<bool>().prop_map(Deed::SwapOrg),
    ]
}

fn any_how() -> impl Strategy<Value = How> {
    prop_oneof![
        4 => Just(How::Plainly),
        2 => (0..ADDRESSES.len()).prop_map(How::Under),
        3 => (0..ADDRESSES.len()).prop_map(How::Slipping),
        2 => (0..CUSTOMERS.len()).prop_map(How::As),
        2 => Just(How::Late),
    ]
}

fn any_hand() -> impl Strategy<Value = Hand> {
    let who = || 0..CUSTOMERS.len();
    let group = || 0..GROUPS.len();
    let address = || 0..ADDRESSES.len();
    prop_oneof![
        3 => (who(), address()).prop_map(|(who, address)| Hand::ChangeAddress(who, address)),
        2 => (who(), any::<bool>()).prop_map(|(who, is_hidden)| Hand::Hide(who, is_hidden)),
        1 => (who(), any::<bool>()).prop_map(|(who, is_hidden)| Hand::HideProfile(who, is_hidden)),
        2 => (group(), any::<bool>()).prop_map(|(group, is_hidden)| Hand::HideGroup(group, is_hidden)),
        2 => (who(), group()).prop_map(|(who, group)| Hand::HideInvitation(who, group)),
        1 => (who(), group()).prop_map(|(who, group)| Hand::Status(who, group)),
        2 => (who(), group()).prop_map(|(who, group)| Hand::Remove(who, group)),
        1 => who().prop_map(Hand::Deactivate),
        1 => group().prop_map(Hand::Invite),
        1 => group().prop_map(Hand::PutIn),
    ]
}
