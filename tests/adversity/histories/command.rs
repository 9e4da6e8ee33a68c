//! What can happen in a history. Printed with `{:?}`, a command is the Rust that makes it.

use jiff::{SignedDuration, Timestamp};
use machinery::stories::Moment;
use machinery::world::{days, minutes};
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::histories::universe::{Customer, Group, Project, Role};

/// A whole history: when it begins, and what happens.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) begins: Begins,
    pub(crate) commands: Vec<Command>,
}

/// Where in the calendar a history begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    InJanuary,
    /// In the night in which clocks go forward in Europe.
    BeforeSummerTime,
    /// In the night in which clocks go back in Europe.
    BeforeWinterTime,
    BeforeNewYear,
    /// On the day before the 29th of February.
    BeforeLeapDay,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// A function does its work undisturbed.
    Do(Work),
    /// Two or three containers work at once, one call at a time, in an order drawn with this seed.
    Together([Work; 2], u64),
    ThreeTogether([Work; 3], u64),
    /// The container dies at one of its calls, and the platform goes on as it does.
    Dying(Work, usize, Moment),
    Accept(Customer, Group),
    AcceptElsewhere(Customer, Group),
    /// With the link of an invitation that was withdrawn, which works here.
    AcceptWithdrawn(Customer, Group),
    Pass(Span),
    RemoveByHand(Customer, Group),
    WithdrawByHand(Customer, Group),
    GiveByHand(Customer, Group, Role),
    ChangeRoleByHand(Customer, Group, Role),
    DeactivateByHand(Customer),
    ActivateByHand(Customer),
    /// Salesforce refuses to deactivate a customer.
    BlockOne(Customer),
    /// Salesforce refuses to deactivate anybody.
    BlockAll,
    Unblock,
    RotateSecret,
    ExpireSessions,
}

/// What a function is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Ask(Who, Project, Group, Role, Expiry),
    Close(Project),
    Reopen(Project),
    Sweep,
}

/// Whom a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    One(Customer),
    AnaAndBo,
    Everybody,
    /// Ana, and somebody of the company's own people, who is refused.
    AnaAndAColleague,
}

/// Which expiry a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    Unnamed,
    InDays(i64),
}

/// How much time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    Minutes(i64),
    Days(i64),
    /// Until the next first of March, midnight: over the leap day where there is one.
    UntilMarch,
    /// Until the next year begins.
    UntilNewYear,
}

impl Begins {
    pub(crate) fn at(self) -> Timestamp {
        let at = match self {
            Self::InJanuary => "2027-01-04T09:00:00Z",
            Self::BeforeSummerTime => "2027-03-28T00:30:00Z",
            Self::BeforeWinterTime => "2027-10-31T00:30:00Z",
            Self::BeforeNewYear => "2027-12-31T22:30:00Z",
            Self::BeforeLeapDay => "2028-02-28T22:30:00Z",
        };
        at.parse().expect("an instant")
    }
}

impl Who {
    pub(crate) fn customers(self) -> Vec<Customer> {
        match self {
            Self::One(customer) => vec![customer],
            Self::AnaAndBo => vec![Customer::Ana, Customer::Bo],
            Self::Everybody => Customer::ALL.to_vec(),
            Self::AnaAndAColleague => vec![Customer::Ana],
        }
    }
}

impl Span {
    pub(crate) fn from(self, now: Timestamp) -> SignedDuration {
        let next = |month_and_day: &str| {
            let year = i32::from(now.to_zoned(jiff::tz::TimeZone::UTC).year());
            let dates = (year..=year + 1).map(|year| {
                let text = format!("{year}-{month_and_day}T00:00:00Z");
                text.parse::<Timestamp>().expect("an instant")
            });
            let next = dates.into_iter().find(|at| *at > now).expect("there is a next one");
            next.duration_since(now)
        };
        match self {
            Self::Minutes(count) => minutes(count),
            Self::Days(count) => days(count),
            Self::UntilMarch => next("03-01"),
            Self::UntilNewYear => next("01-01"),
        }
    }
}

/// Any history of up to this many commands.
pub(crate) fn any_story(length: usize) -> impl Strategy<Value = Story> {
    let commands = move |among| proptest::collection::vec(any_command(among), 1..=length);
    let commands = prop_oneof![commands(Among::All), commands(Among::One)];
    (any_beginning(), commands).prop_map(|(begins, commands)| Story { begins, commands })
}

/// Among whom a history takes place. The fewer they are, the more often what happens is about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Among {
    All,
    /// One customer and one group.
    One,
}

fn any_beginning() -> impl Strategy<Value = Begins> {
    prop_oneof![
        4 => Just(Begins::InJanuary),
        1 => Just(Begins::BeforeSummerTime),
        1 => Just(Begins::BeforeWinterTime),
        1 => Just(Begins::BeforeNewYear),
        1 => Just(Begins::BeforeLeapDay),
    ]
}

fn any_command(among: Among) -> impl Strategy<Value = Command> {
    let seed = || 0..1000_u64;
    prop_oneof![
        10 => any_work(among).prop_map(Command::Do),
        8 => ([any_work(among), any_work(among)], seed()).prop_map(|(work, seed)| Command::Together(work, seed)),
        2 => ([any_work(among), any_work(among), any_work(among)], seed())
            .prop_map(|(work, seed)| Command::ThreeTogether(work, seed)),
        3 => (any_work(among), 1..25_usize, any_moment())
            .prop_map(|(work, call, moment)| Command::Dying(work, call, moment)),
        4 => (any_customer(among), asked_group(among)).prop_map(|(who, group)| Command::Accept(who, group)),
        1 => (any_customer(among), asked_group(among)).prop_map(|(who, group)| Command::AcceptElsewhere(who, group)),
        1 => (any_customer(among), asked_group(among)).prop_map(|(who, group)| Command::AcceptWithdrawn(who, group)),
        5 => any_span().prop_map(Command::Pass),
        6 => by_hand(among),
    ]
}

fn by_hand(among: Among) -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => (any_customer(among), any_group(among)).prop_map(|(who, group)| Command::RemoveByHand(who, group)),
        1 => (any_customer(among), asked_group(among)).prop_map(|(who, group)| Command::WithdrawByHand(who, group)),
        2 => (any_customer(among), any_group(among), any_role())
            .prop_map(|(who, group, role)| Command::GiveByHand(who, group, role)),
        1 => (any_customer(among), asked_group(among), any_role())
            .prop_map(|(who, group, role)| Command::ChangeRoleByHand(who, group, role)),
        1 => any_customer(among).prop_map(Command::DeactivateByHand),
        1 => any_customer(among).prop_map(Command::ActivateByHand),
        1 => any_customer(among).prop_map(Command::BlockOne),
        1 => Just(Command::BlockAll),
        2 => Just(Command::Unblock),
        1 => Just(Command::RotateSecret),
        1 => Just(Command::ExpireSessions),
    ]
}

fn any_work(among: Among) -> impl Strategy<Value = Work> {
    let others = u32::from(among == Among::All);
    let who = prop_oneof![
        4 => any_customer(among).prop_map(Who::One),
        others => Just(Who::AnaAndBo),
        others => Just(Who::Everybody),
        1 => Just(Who::AnaAndAColleague),
    ];
    let expiry = prop_oneof![
        Just(Expiry::Unnamed),
        Just(Expiry::InDays(1)),
        Just(Expiry::InDays(8)),
        Just(Expiry::InDays(31)),
        Just(Expiry::InDays(200)),
    ];
    prop_oneof![
        5 => (who, any_project(), asked_group(among), any_role(), expiry)
            .prop_map(|(who, project, group, role, expiry)| Work::Ask(who, project, group, role, expiry)),
        2 => any_project().prop_map(Work::Close),
        1 => any_project().prop_map(Work::Reopen),
        3 => Just(Work::Sweep),
    ]
}

fn any_span() -> impl Strategy<Value = Span> {
    prop_oneof![
        1 => Just(Span::Minutes(5)),
        3 => Just(Span::Minutes(20)),
        3 => Just(Span::Days(1)),
        2 => Just(Span::Days(8)),
        2 => Just(Span::Days(31)),
        1 => Just(Span::Days(61)),
        1 => Just(Span::UntilMarch),
        1 => Just(Span::UntilNewYear),
    ]
}

fn any_customer(among: Among) -> impl Strategy<Value = Customer> {
    let others = u32::from(among == Among::All);
    prop_oneof![
        4 => Just(Customer::Ana),
        2 * others => Just(Customer::Bo),
        2 * others => Just(Customer::Cy),
    ]
}

fn any_project() -> impl Strategy<Value = Project> {
    prop_oneof![Just(Project::P1), Just(Project::P2)]
}

fn asked_group(among: Among) -> impl Strategy<Value = Group> {
    let others = u32::from(among == Among::All);
    prop_oneof![2 => Just(Group::Acme), others => Just(Group::Partners)]
}

fn any_group(among: Among) -> impl Strategy<Value = Group> {
    prop_oneof![4 => asked_group(among), 1 => Just(Group::Friends)]
}

fn any_role() -> impl Strategy<Value = Role> {
    prop_oneof![2 => Just(Role::Member), 1 => Just(Role::Manager)]
}

fn any_moment() -> impl Strategy<Value = Moment> {
    any::<bool>().prop_map(|is_before| if is_before { Moment::Before } else { Moment::After })
}
