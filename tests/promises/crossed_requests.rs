//! A request that fails after a part of it was recorded keeps nobody busy, and is carried out when it comes again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use access::{Email, OrgAlias, Standing};
use futures_util::future::BoxFuture;
use ledger::{CustomerChange, Ledger};
use machinery::network::{Answer, Call, Conduct, Network, Onward, Outcome, Service};
use machinery::world::{
    World, customer, days, grants, invitation_mails, invite, outcomes, request, sweep, told, world,
};
use serde_json::json;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
/// Under which Ana accepts.
const HOME: &str = "ana@home.example";

#[tokio::test]
async fn who_was_recorded_when_a_request_failed_is_free_for_the_next_attempt() {
    let world = world().await;
    let network = Network::open(&world, Arc::new(Crossed::of(&world))).await;
    let container = network.container(&world);
    let asked = request("P-1", "Acme", format!("{ANA} {BO}"));

    let failed = container.invite(asked.clone(), world.remaining).await;

    let error = failed.expect_err("nobody knows what was written of Bo");
    assert_eq!(error.error_type, "LEDGER_UNAVAILABLE");
    assert_eq!(grants(&world, ANA).await, ["P-1 member requested"]);
    assert_eq!(customer(&world, ANA).await.standing(world.now()), Standing::Free);
    assert_eq!(invite(&world, asked).await, format!("{ANA} invited, {BO} invited"));
    for email in [ANA, BO] {
        assert_eq!(invitation_mails(&world, email), 1);
        assert_eq!(grants(&world, email).await, ["P-1 member invited"]);
    }
    assert_eq!(told(&world, "Customer Invited").len(), 2);
}

#[tokio::test]
async fn who_was_recorded_when_the_sign_in_was_refused_is_let_in_by_the_same_invocation() {
    let world = world().await;
    let crossed = Crossed { then: Then::SignInRefused, ..Crossed::of(&world) };
    let network = Network::open(&world, Arc::new(crossed)).await;
    let container = network.container(&world);
    let asked = request("P-1", "Acme", format!("{ANA} {BO}"));
    let answer = container.invite(asked, world.remaining).await.expect("an answer");
    assert_eq!(outcomes(&answer), format!("{ANA} invited, {BO} invited"));
}

#[tokio::test]
async fn who_is_asked_for_under_two_addresses_is_not_kept_busy_by_the_request_itself() {
    let world = world().await;
    assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, format!("{ANA} invited"));
    let invitation = world.org().open_invitations(ANA).pop().expect("it was sent");
    world.org().accept_as(&invitation.id, HOME).expect("the invitation is open");
    sweep(&world).await;
    world.pass(days(1));
    let crossed = Crossed { email: HOME, then: Then::Nothing, ..Crossed::of(&world) };
    let network = Network::open(&world, Arc::new(crossed)).await;
    let container = network.container(&world);
    let asked = request("P-2", "Beta", format!("{ANA} {HOME}"));
    let answer = container.invite(asked, world.remaining).await.expect("an answer");
    assert_eq!(outcomes(&answer), format!("{ANA} added, {HOME} added"));
    for email in [ANA, HOME] {
        assert_eq!(customer(&world, email).await.standing(world.now()), Standing::Free);
        assert_eq!(
            grants(&world, email).await.last().map(String::as_str),
            Some("P-2 member active")
        );
    }
}

/// What happens once somebody else has written.
#[derive(Clone, Copy, Debug)]
enum Then {
    Nothing,
    LedgerFails,
    /// Salesforce ends the session, and refuses another until the secret is read anew.
    SignInRefused,
}

/// Somebody else writes a customer before the request does.
#[derive(Debug)]
struct Crossed {
    ledger: Ledger,
    email: &'static str,
    then: Then,
    has_come: AtomicBool,
    is_over: AtomicBool,
}

impl Crossed {
    fn of(world: &World) -> Self {
        let ledger = Ledger::new(world.dynamodb.clone(), World::TABLE.to_owned());
        let (has_come, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { ledger, email: BO, then: Then::LedgerFails, has_come, is_over }
    }

    async fn write(&self) {
        let email = Email::parse(self.email).expect("an address");
        let customer = self.ledger.reader.customer(&OrgAlias::default(), &email).await;
        let (customer, due_at) = (customer.expect("the ledger answers"), None);
        let (opens, audit, announcements) = (BTreeSet::new(), Vec::new(), Vec::new());
        let change = CustomerChange { customer, due_at, opens, audit, announcements };
        self.ledger.writer.commit(vec![change]).await.remove(0).expect("it is written");
    }
}

impl Conduct for Crossed {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let is_intent = call.operation == "TransactWriteItems"
                && call.body.to_string().contains(ANA)
                && call.body.to_string().contains(self.email);
            if is_intent && !self.has_come.swap(true, Ordering::SeqCst) {
                self.write().await;
            }
            if !self.has_come.load(Ordering::SeqCst) || self.is_over.load(Ordering::SeqCst) {
                return onward.go().await;
            }
            match self.then {
                Then::LedgerFails if call.operation == "BatchGetItem" => {
                    self.is_over.store(true, Ordering::SeqCst);
                    Outcome::Answer(Answer::aws_error(400, "AccessDeniedException"))
                }
                Then::SignInRefused if call.is_sign_in() => {
                    self.is_over.store(true, Ordering::SeqCst);
                    let refusal = json!({ "error": "invalid_grant", "error_description": "over" });
                    Outcome::Answer(Answer::aws(400, &refusal))
                }
                Then::SignInRefused if call.service == Service::Salesforce => {
                    let ended = json!([{ "errorCode": "INVALID_SESSION_ID", "message": "over" }]);
                    Outcome::Answer(Answer::aws(401, &ended))
                }
                Then::LedgerFails | Then::SignInRefused | Then::Nothing => onward.go().await,
            }
        })
    }
}
