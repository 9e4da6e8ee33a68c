//! Lets a history happen in a world, with the model beside it.

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use lanyard_local::{Container, Pace, batch};
use machinery::interleaving::{Draw, interleave};
use machinery::platform::{BETWEEN_SWEEPS, Function};
use machinery::stories::{self, Ended, Mishap, Point};
use machinery::world::{World, days, event, text, world_with};
use runtime::FunctionError;
use salesforce_simulator::{DEMO_KEY, NewGroup, NewUser, ROTATED_DEMO_KEY};
use serde_json::{Value, json};

use crate::histories::asking::Wish;
use crate::histories::command::{Begins, Command, Expiry, Who, Work};
use crate::histories::hand;
use crate::histories::look;
use crate::histories::model::{Answer, Deed, Model};
use crate::histories::universe::{Address, Customer};

/// After how long an upstream asks again that was told to.
const ASKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(16);

/// How often something is tried again before the history gives up.
const ATTEMPTS: usize = 6;

/// A history that is happening.
pub(crate) struct Driver {
    pub(crate) world: World,
    pub(crate) model: Model,
    bystanders: Vec<String>,
    is_key_rotated: bool,
}

/// One thing to do: which function with what, and what that means.
struct Order {
    function: Function,
    payload: Value,
    deed: Deed,
}

/// A container at work.
type Worker<'a> =
    Box<dyn FnOnce(Container) -> BoxFuture<'a, Result<Value, FunctionError>> + Send + 'a>;

impl Driver {
    pub(crate) async fn begin(begins: Begins) -> Self {
        let world = world_with(|setup| {
            setup.now = begins.at();
            setup.pace = Pace::Runtime;
            setup.org = Box::new(|options| options.rules.cancelled_link_works = true);
            setup.jitter_seed = Some(1);
        })
        .await;
        let org = world.org();
        org.add_user(NewUser::internal("colleague@acme.example")).expect("a user");
        for email in ["dee@acme.example", "cy@acme.example"] {
            org.add_user(NewUser::customer(email)).expect("a user");
        }
        for group in ["Partners", "Friends"] {
            org.add_group(&NewGroup::for_customers(group)).expect("a group");
            org.add_member(group, "dee@acme.example", "Standard").expect("a place");
        }
        org.add_member("Partners", "colleague@acme.example", "Admin").expect("a place");
        org.add_member("Partners", "cy@acme.example", "Standard").expect("a place");
        org.add_invitation("Partners", "eve@acme.example").expect("an invitation");
        org.clear_log();
        let bystanders = look::bystanders(&world);
        let model = Model::new(&look::seen(&world));
        Self { world, model, bystanders, is_key_rotated: false }
    }

    /// Lets one command happen, and compares.
    pub(crate) async fn happen(&mut self, command: Command) -> Result<(), String> {
        // No two commands happen at the same instant, except those that are to.
        self.world.pass(SignedDuration::from_secs(1));
        match command {
            Command::Do(work) => self.undisturbed(work).await,
            Command::Together(works, seed) => self.together(&works, seed).await,
            Command::ThreeTogether(works, seed) => self.together(&works, seed).await,
            Command::Dying(work, call, moment) => self.dying(work, Point { call, moment }).await,
            Command::Pass(span) => {
                self.world.pass(span.from(self.world.now()));
                Ok(())
            }
            Command::RotateSecret => {
                self.rotate();
                Ok(())
            }
            Command::Accept(..)
            | Command::AcceptElsewhere(..)
            | Command::AcceptWithdrawn(..)
            | Command::RemoveByHand(..)
            | Command::WithdrawByHand(..)
            | Command::GiveByHand(..)
            | Command::ChangeRoleByHand(..)
            | Command::DeactivateByHand(_)
            | Command::ActivateByHand(_)
            | Command::BlockOne(_)
            | Command::BlockAll
            | Command::Unblock
            | Command::ExpireSessions => {
                hand::happen(&self.world, &mut self.model, command);
                self.model.behold(&look::seen(&self.world));
                Ok(())
            }
        }
    }

    /// A quarter of an hour without anything, and a sweep: what is under way has arrived, and what is open is settled.
    pub(crate) async fn settle(&mut self) -> Result<(), String> {
        self.world.pass(ASKS_AGAIN_AFTER);
        let order = self.order(Work::Sweep, 0);
        let now = self.world.now();
        let answer = self.invoke(&order).await;
        self.model.did(&order.deed, &answer, now)?;
        if let Answer::Again(why) = answer {
            return Err(format!("nothing is in the way, and yet {why}"));
        }
        self.compare().await
    }

    async fn compare(&mut self) -> Result<(), String> {
        let (seen, open) = (look::seen(&self.world), look::open(&self.world).await);
        self.model.compare(&seen, &open)?;
        let bystanders = look::bystanders(&self.world);
        if bystanders != self.bystanders {
            return Err(format!(
                "who is none of Lanyard's business was\n{:#?}\nand is\n{bystanders:#?}",
                self.bystanders
            ));
        }
        Ok(())
    }

    async fn undisturbed(&mut self, work: Work) -> Result<(), String> {
        let order = self.order(work, 0);
        self.until_done(&order).await?;
        self.compare().await
    }

    /// Does it, and again as often as the answer says so.
    async fn until_done(&mut self, order: &Order) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let now = self.world.now();
            let answer = self.invoke(order).await;
            self.model.did(&order.deed, &answer, now)?;
            match answer {
                Answer::Again(code) if order.function == Function::Invite => last = code,
                Answer::Again(why) => return Err(format!("nothing is in the way, and yet {why}")),
                Answer::Outcomes(_)
                | Answer::Refused(_)
                | Answer::Consumed
                | Answer::Ran
                | Answer::Died => return Ok(()),
            }
            self.world.pass(ASKS_AGAIN_AFTER);
        }
        Err(format!("{:?} is to be tried again for ever: {last}", order.deed))
    }

    async fn together(&mut self, works: &[Work], seed: u64) -> Result<(), String> {
        let orders: Vec<Order> =
            works.iter().enumerate().map(|(index, work)| self.order(*work, index)).collect();
        let now = self.world.now();
        let world = &self.world;
        let workers = orders.iter().map(|order| {
            let (function, payload) = (order.function, order.payload.clone());
            let work: Worker<'_> = Box::new(move |container| {
                Box::pin(async move { function.invoke(&container, payload).await })
            });
            work
        });
        let mut draw = Draw::seeded(seed);
        let results = interleave(world, workers.collect(), &mut draw).await;
        let results = results.expect("a draw never gives up");
        let done: Vec<(Deed, Answer)> = orders
            .iter()
            .zip(results)
            .map(|(order, result)| (order.deed.clone(), answer(order, result)))
            .collect();
        self.model.did_together(&done, now)?;
        for (order, (_, answer)) in orders.iter().zip(&done) {
            if let Answer::Again(_) = answer {
                self.go_on(order).await?;
            }
        }
        self.make_up().await
    }

    async fn dying(&mut self, work: Work, point: Point) -> Result<(), String> {
        let order = self.order(work, 0);
        let payload = match order.function {
            Function::Sweep => order.payload.clone(),
            Function::CloseProject => batch([order.payload.to_string().as_str()]),
            Function::Invite => {
                let event = event(&self.world, "Customer Access Requested", &order.payload);
                batch([event.to_string().as_str()])
            }
        };
        let now = self.world.now();
        let (ended, _) =
            stories::invoke(&self.world, order.function, payload, Some(&Mishap::Death(point)))
                .await;
        let answer = match ended {
            Ended::Died => Answer::Died,
            Ended::Answered(result) => answer(&order, result),
        };
        self.model.did_together(&[(order.deed.clone(), answer.clone())], now)?;
        if matches!(answer, Answer::Again(_) | Answer::Died) {
            self.go_on(&order).await?;
        }
        self.make_up().await
    }

    /// Whoever was promised something has it after a quiet sweep, though work was cut short or done at the same time.
    async fn make_up(&mut self) -> Result<(), String> {
        self.settle().await?;
        match self.model.lacking() {
            None => Ok(()),
            Some(customer) => Err(format!("{customer} has not got what was promised")),
        }
    }

    /// The platform goes on with what was cut short.
    async fn go_on(&mut self, order: &Order) -> Result<(), String> {
        let after = match order.function {
            Function::Invite => ASKS_AGAIN_AFTER,
            Function::CloseProject => Function::CloseProject.visibility_timeout(),
            Function::Sweep => BETWEEN_SWEEPS,
        };
        for _ in 1..ATTEMPTS {
            self.world.pass(after);
            let now = self.world.now();
            let answer = self.invoke(order).await;
            self.model.did_together(&[(order.deed.clone(), answer.clone())], now)?;
            if !matches!(answer, Answer::Again(_)) || order.function == Function::Sweep {
                return Ok(());
            }
        }
        Err(format!("{:?} is to be tried again for ever", order.deed))
    }

    fn order(&self, work: Work, index: usize) -> Order {
        let world = &self.world;
        // Each event has an instant of its own, so that there is a newest one.
        let at = world.now() - SignedDuration::from_millis(500)
            + SignedDuration::from_millis(i64::try_from(index).unwrap_or(0));
        match work {
            Work::Ask(who, project, group, role, expiry) => {
                let until = match expiry {
                    Expiry::Unnamed => None,
                    Expiry::InDays(count) => Some(world.now() + days(count)),
                };
                let deed = Deed::Ask(who, Wish { project, group, role, until });
                Order { function: Function::Invite, payload: request(&deed), deed }
            }
            Work::Close(project) => {
                let detail = json!({ "projectId": project.id(), "closedAt": at });
                let payload = event(world, "Project Closed", &detail);
                let deed = Deed::Close(project, at);
                Order { function: Function::CloseProject, payload, deed }
            }
            Work::Reopen(project) => {
                let detail = json!({ "projectId": project.id(), "reopenedAt": at });
                let payload = event(world, "Project Reopened", &detail);
                let deed = Deed::Reopen(project, at);
                Order { function: Function::CloseProject, payload, deed }
            }
            Work::Sweep => {
                Order { function: Function::Sweep, payload: json!({}), deed: Deed::Sweep }
            }
        }
    }

    async fn invoke(&self, order: &Order) -> Answer {
        let (world, payload) = (&self.world, order.payload.clone());
        let result = match order.function {
            Function::Invite => world.invite(payload).await,
            Function::CloseProject => world.close_project(payload).await,
            Function::Sweep => world.sweep(payload).await,
        };
        answer(order, result)
    }

    /// Another key, in Salesforce and in the secret, while every session ends.
    fn rotate(&mut self) {
        self.is_key_rotated = !self.is_key_rotated;
        let key = if self.is_key_rotated { ROTATED_DEMO_KEY } else { DEMO_KEY };
        self.world.org().accept_key(key).expect("it is a key");
        self.world.org().expire_sessions();
        let secret = self.world.simulator.secret_json();
        self.world.set_secret(&access::OrgAlias::default(), Some(secret));
    }
}

fn request(deed: &Deed) -> Value {
    let Deed::Ask(who, wish) = deed else { return Value::Null };
    let mut customers: Vec<Value> = who
        .customers()
        .into_iter()
        .map(|it| json!({ "email": it.email(Address::Own), "role": wish.role.as_str() }))
        .collect();
    if *who == Who::AnaAndAColleague {
        customers.push(json!({ "email": "colleague@acme.example" }));
    }
    let mut request = json!({
        "project": { "id": wish.project.id() },
        "group": { "name": wish.group.name() },
        "customers": customers,
        "sponsor": "kim@corp.example",
    });
    if let Some(until) = wish.until {
        request["expiresAt"] = json!(until);
    }
    request
}

/// What the answer of a function means, whether it came directly or from a queue.
fn answer(order: &Order, result: Result<Value, FunctionError>) -> Answer {
    let value = match result {
        Ok(value) => value,
        Err(error) if order.function == Function::Invite => return Answer::Again(error.error_type),
        Err(error) => {
            let report: Value = serde_json::from_str(&error.message).unwrap_or_default();
            let failures = report["failures"].as_array().cloned().unwrap_or_default();
            let is_stuck = |it: &Value| it["code"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION";
            // What only people can mend is left to the nights.
            let is_done = !failures.is_empty() && failures.iter().all(is_stuck);
            return if is_done { Answer::Ran } else { Answer::Again(error.message) };
        }
    };
    if let Some(failures) = value.get("batchItemFailures").and_then(Value::as_array) {
        return match (failures.is_empty(), order.function) {
            (false, _) => Answer::Again("from the queue".to_owned()),
            (true, Function::Invite) => Answer::Consumed,
            (true, Function::CloseProject | Function::Sweep) => Answer::Ran,
        };
    }
    if order.function != Function::Invite {
        return Answer::Ran;
    }
    if let Some(code) = value.pointer("/error/code") {
        return Answer::Refused(text(code));
    }
    let customers = value["customers"].as_array().cloned().unwrap_or_default();
    let outcome = |it: &Value| {
        let (customer, _) = Customer::of(it["email"].as_str()?)?;
        Some((customer, text(&it["outcome"])))
    };
    Answer::Outcomes(customers.iter().filter_map(outcome).collect())
}
