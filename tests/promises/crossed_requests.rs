//! A request that fails after a part of it was recorded keeps nobody busy, and is carried out when it comes again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use access::{Email, OrgAlias, Standing};
use futures_util::future::BoxFuture;
use ledger::{CustomerChange, Ledger};
use machinery::network::{Answer, Call, Conduct, Network, Onward, Outcome, Service};
use machinery::world::{
    World, customer, grants, invitation_mails, invite, outcomes, request, told, world,
};
use serde_json::json;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";

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
    let crossed = Crossed { signs_out: true, ..Crossed::of(&world) };
    let network = Network::open(&world, Arc::new(crossed)).await;
    let container = network.container(&world);
    let asked = request("P-1", "Acme", format!("{ANA} {BO}"));
    let answer = container.invite(asked, world.remaining).await.expect("an answer");
    assert_eq!(outcomes(&answer), format!("{ANA} invited, {BO} invited"));
}

/// Somebody else writes Bo before the request does, and then the ledger does not answer, or Salesforce ends the session and refuses another
/// until the secret is read anew.
#[derive(Debug)]
struct Crossed {
    ledger: Ledger,
    signs_out: bool,
    has_come: AtomicBool,
    is_over: AtomicBool,
}

impl Crossed {
    fn of(world: &World) -> Self {
        let ledger = Ledger::new(world.dynamodb.clone(), World::TABLE.to_owned());
        let (has_come, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { ledger, signs_out: false, has_come, is_over }
    }

    async fn write(&self) {
        let email = Email::parse(BO).expect("an address");
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
                && call.body.to_string().contains(BO);
            if is_intent && !self.has_come.swap(true, Ordering::SeqCst) {
                self.write().await;
            }
            if !self.has_come.load(Ordering::SeqCst) || self.is_over.load(Ordering::SeqCst) {
                return onward.go().await;
            }
            if !self.signs_out && call.operation == "BatchGetItem" {
                self.is_over.store(true, Ordering::SeqCst);
                return Outcome::Answer(Answer::aws_error(400, "AccessDeniedException"));
            }
            if self.signs_out && call.is_sign_in() {
                self.is_over.store(true, Ordering::SeqCst);
                let refusal = json!({ "error": "invalid_grant", "error_description": "expired" });
                return Outcome::Answer(Answer::aws(400, &refusal));
            }
            if self.signs_out && call.service == Service::Salesforce {
                let ended = json!([{ "errorCode": "INVALID_SESSION_ID", "message": "it is over" }]);
                return Outcome::Answer(Answer::aws(401, &ended));
            }
            onward.go().await
        })
    }
}
