//! What is done at the same time, and what has happened before.

use jiff::Timestamp;
use machinery::platform::{Function, Trigger};
use machinery::world::{
    START, World, closed, days, event, invite, manager, minutes, request, sweep, with,
};
use salesforce_simulator::{NewGroup, NewUser};
use serde_json::{Value, json};

/// Things that are done at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// Two sweeps, and a grant that is over.
    SweepsOfWhatIsOver,
    /// Two sweeps, and a manager who has accepted.
    SweepsOfWhoHasJoined,
    /// A sweep that ends one grant of a customer, and a close that ends the other.
    SweepAndCloseOfAll,
    /// A sweep and a close that end the same grant of a customer who has another.
    SweepAndCloseOfOne,
    /// A close, and another project's invitation for a customer of the closing one.
    CloseAndInvitationByAnother,
    /// A close, and an invitation for a customer of the closing project, who is to become manager.
    CloseAndChange,
    /// A close, and the project's invitation for somebody new.
    CloseAndInvitation,
    /// A close, and the project's invitation for a customer of the org, who is in the group at once and then not due for long.
    CloseAndInvitationOfACustomer,
    /// Two invitations for somebody new, with different roles.
    InvitationsOfSomebodyNew,
    /// Two requests for a customer who is in, with different roles.
    InvitationsOfWhoIsIn,
    /// Two projects' requests for the same group and a customer of the org, with different roles.
    InvitationsByTwoProjects,
    /// The same close, twice.
    CloseTwice,
    /// The same invitation for somebody new, twice.
    InvitationTwice,
    /// The same invitation for a customer of the org who is in no group, twice.
    InvitationOfACustomerTwice,
    /// A customer who accepted under another address, which is that of another project's customer: closes of both projects.
    ClosesOfBothAddresses,
    /// The same customer: a close that ends what is known by the one address, and an invitation for the other.
    CloseAndInvitationOfBothAddresses,
    /// The same customer: a sweep that ends what is known by the one address, and a close that ends what is known by the other.
    SweepAndCloseOfBothAddresses,
    /// Two sweeps and a close, and customers of all kinds.
    SweepsAndClose,
    /// A close, an invitation and a sweep, and customers of all kinds.
    CloseInvitationAndSweep,
}

/// When the things are done.
const THEN: i64 = 3;

/// When what is not to expire does.
const LATER: &str = "2027-12-01T00:00:00Z";

/// Who is in the group by nobody's hand of ours, and stays there.
const BYSTANDER: &str = "bystander@acme.example";

const ANA: &str = "ana@acme.example";
/// Under which Ana accepts where it matters that this is an address of hers, too.
const HOME: &str = "ana@home.example";
const BO: &str = "bo@acme.example";
const CY: &str = "cy@acme.example";
const DI: &str = "di@acme.example";

impl Case {
    /// Whether what a request has recorded, and not carried out, may be ended by a close after which it is refused.
    pub(crate) fn may_end_before_it_is_given(self) -> bool {
        matches!(self, Self::CloseAndInvitation | Self::CloseAndInvitationOfACustomer)
    }

    /// Everybody who is in it.
    pub(crate) fn emails() -> &'static [&'static str] {
        &[ANA, HOME, BO, CY, DI, BYSTANDER]
    }

    /// Every project that is in it.
    pub(crate) fn projects() -> &'static [&'static str] {
        &["P-1", "P-2"]
    }

    /// Lets happen what has happened before.
    pub(crate) async fn prepare(self, world: &World) {
        let then = START.parse::<Timestamp>().expect("an instant") + days(THEN);
        let over = json!({ "expiresAt": (then - minutes(60)).to_string() });
        let one = with(request("P-1", "Acme", ANA), &over);
        let other = |email| request_that_lasts("P-2", "Acme", email);
        match self {
            Self::SweepsOfWhatIsOver => asked(world, &[one], &[ANA], true).await,
            Self::SweepsOfWhoHasJoined => {
                let boss = with(
                    request_that_lasts("P-1", "Acme", ""),
                    &json!({ "customers": manager(ANA) }),
                );
                asked(world, &[boss], &[ANA], false).await;
            }
            Self::SweepAndCloseOfAll => {
                let one = request_that_lasts("P-1", "Acme", ANA);
                let other = with(request("P-2", "Acme", ANA), &over);
                asked(world, &[one, other], &[ANA], true).await;
            }
            Self::SweepAndCloseOfOne => asked(world, &[one, other(ANA)], &[ANA], true).await,
            Self::CloseAndInvitationByAnother
            | Self::CloseAndChange
            | Self::CloseTwice
            | Self::InvitationsOfWhoIsIn => {
                asked(world, &[request_that_lasts("P-1", "Acme", ANA)], &[ANA], true).await;
            }
            Self::CloseAndInvitation | Self::InvitationsOfSomebodyNew | Self::InvitationTwice => {
                world.org().add_group(&NewGroup::for_customers("Acme")).expect("a group");
            }
            Self::InvitationsByTwoProjects
            | Self::CloseAndInvitationOfACustomer
            | Self::InvitationOfACustomerTwice => {
                world.org().add_group(&NewGroup::for_customers("Acme")).expect("a group");
                world.org().add_user(NewUser::customer(ANA)).expect("a user");
            }
            Self::CloseAndInvitationOfBothAddresses => {
                accepted_at_home(world, request_that_lasts("P-1", "Acme", ANA)).await;
            }
            Self::ClosesOfBothAddresses => {
                accepted_at_home(world, request_that_lasts("P-1", "Acme", ANA)).await;
                asked(world, &[other(HOME)], &[], false).await;
            }
            Self::SweepAndCloseOfBothAddresses => {
                accepted_at_home(world, one).await;
                asked(world, &[other(HOME)], &[], false).await;
            }
            Self::SweepsAndClose | Self::CloseInvitationAndSweep => {
                let all = request_that_lasts("P-1", "Acme", format!("{BO} {CY}"));
                let boss = with(
                    request_that_lasts("P-2", "Acme", ""),
                    &json!({ "customers": manager(DI) }),
                );
                asked(world, &[one, other(BO), all], &[ANA, BO], true).await;
                asked(world, &[boss], &[DI], false).await;
            }
        }
        world.org().add_user(NewUser::customer(BYSTANDER)).expect("a user");
        world.org().add_member("Acme", BYSTANDER, "Standard").expect("a place");
        world.pass_until(then);
    }

    /// What is done at the same time.
    pub(crate) fn triggers(self, world: &World) -> Vec<Trigger> {
        let close_of = |project: &str| Trigger::Message {
            function: Function::CloseProject,
            event: closed(world, project),
        };
        let close = || close_of("P-1");
        let invite = |project: &str, customers: Value| {
            let request =
                with(request_that_lasts(project, "Acme", ""), &json!({ "customers": customers }));
            let event = event(world, "Customer Access Requested", &request);
            Trigger::Message { function: Function::Invite, event }
        };
        match self {
            Self::SweepsOfWhatIsOver | Self::SweepsOfWhoHasJoined => {
                vec![Trigger::Night, Trigger::Night]
            }
            Self::SweepAndCloseOfAll | Self::SweepAndCloseOfOne => vec![Trigger::Night, close()],
            Self::CloseAndInvitationByAnother => vec![close(), invite("P-2", json!(ANA))],
            Self::CloseAndChange => vec![close(), invite("P-1", manager(ANA))],
            Self::CloseAndInvitation | Self::CloseAndInvitationOfACustomer => {
                vec![close(), invite("P-1", json!(ANA))]
            }
            Self::InvitationsOfSomebodyNew | Self::InvitationsOfWhoIsIn => {
                vec![
                    invite("P-1", manager(ANA)),
                    invite("P-1", json!([{ "email": ANA, "role": "member" }])),
                ]
            }
            Self::InvitationsByTwoProjects => {
                vec![invite("P-1", manager(ANA)), invite("P-2", json!(ANA))]
            }
            Self::CloseTwice => vec![close(), close()],
            Self::InvitationTwice | Self::InvitationOfACustomerTwice => {
                vec![invite("P-1", json!(ANA)), invite("P-1", json!(ANA))]
            }
            Self::ClosesOfBothAddresses => vec![close(), close_of("P-2")],
            Self::CloseAndInvitationOfBothAddresses => vec![close(), invite("P-2", json!(HOME))],
            Self::SweepAndCloseOfBothAddresses => vec![Trigger::Night, close_of("P-2")],
            Self::SweepsAndClose => vec![Trigger::Night, Trigger::Night, close()],
            Self::CloseInvitationAndSweep => {
                let all = json!([
                    { "email": ANA, "role": "manager" }, { "email": BO }, { "email": CY }, { "email": DI },
                ]);
                vec![close(), invite("P-2", all), Trigger::Night]
            }
        }
    }
}

/// A request whose end does not depend on when it is carried out.
fn request_that_lasts(project: &str, group: &str, customers: impl Into<Value>) -> Value {
    with(request(project, group, customers), &json!({ "expiresAt": LATER }))
}

/// Sends requests, of which some of those invited accept the first; whether Lanyard has seen it already.
async fn asked(world: &World, requests: &[Value], accepting: &[&str], is_seen: bool) {
    for request in requests {
        let answer = invite(world, request.clone()).await;
        assert!(!answer.contains("refused") && !answer.contains("again"), "{answer}");
    }
    for email in accepting {
        world.org().accept_from("Acme", email).expect("the invitation is open");
    }
    if is_seen {
        sweep(world).await;
    }
}

/// Sends a request for Ana, who accepts under her other address, which a sweep learns.
async fn accepted_at_home(world: &World, request: Value) {
    asked(world, &[request], &[], false).await;
    let invitation = world.org().open_invitations(ANA).pop().expect("it was sent");
    world.org().accept_as(&invitation.id, HOME).expect("the invitation is open");
    sweep(world).await;
}
