//! Who tells the story: the world, the page, the claims, and what each step has used.

use std::collections::BTreeMap;

use access::{Customer, Email, Grant, OrgAlias, ProjectId};
use jiff::Timestamp;
use lanyard_local::{Event, World};
use serde_json::Value;

use crate::stop::Stop;
use crate::story::checks::Checks;
use crate::story::page::{Page, tied};

/// Where the token is asked for.
const SIGN_IN: &str = "/services/oauth2/token";

/// The teller.
pub(crate) struct Teller<'a> {
    pub(crate) world: World,
    pub(crate) page: Page<'a>,
    pub(crate) checks: Checks,
    chapter: usize,
    told_calls: usize,
    told_events: usize,
}

/// What a step has used and said.
pub(crate) struct Step {
    /// HTTP requests to Salesforce.
    pub(crate) calls: usize,
    /// What Lanyard announced.
    pub(crate) events: Vec<Event>,
    used: String,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(world: World, page: Page<'a>) -> Self {
        Self { world, page, checks: Checks::default(), chapter: 0, told_calls: 0, told_events: 0 }
    }

    /// Begins a chapter at an instant.
    pub(crate) fn chapter(&mut self, at: &str, title: &str) -> Result<(), Stop> {
        self.at(at)?;
        self.chapter += 1;
        let title = format!("{}  {title}", self.chapter);
        let instant = self.world.now().strftime("%a %Y-%m-%d %H:%M UTC").to_string();
        self.page.heading(&title, &instant);
        Ok(())
    }

    /// Lets time pass until an instant.
    pub(crate) fn at(&mut self, instant: &str) -> Result<(), Stop> {
        self.world.pass_until(instant.parse()?);
        Ok(())
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.page.paragraph(text);
    }

    pub(crate) async fn invite(&self, payload: Value) -> Result<Value, Stop> {
        self.world.invite(payload).await.map_err(Stop::of_function("invite"))
    }

    pub(crate) async fn close_project(&self, payload: Value) -> Result<Value, Stop> {
        self.world.close_project(payload).await.map_err(Stop::of_function("close-project"))
    }

    pub(crate) async fn sweep(&self, payload: Value) -> Result<Value, Stop> {
        self.world.sweep(payload).await.map_err(Stop::of_function("sweep"))
    }

    /// What the last step has used and said; the next one begins here.
    pub(crate) fn step(&mut self) -> Step {
        let calls = self.world.org().calls();
        let new = calls.get(self.told_calls..).unwrap_or_default();
        let sign_ins = new.iter().filter(|call| call.path == SIGN_IN).count();
        let writes = new.iter().filter(|call| call.write).count();
        let reads = new.len() - sign_ins - writes;
        let kinds = [(sign_ins, "sign-in"), (reads, "read"), (writes, "write")];
        let kinds: Vec<String> = kinds
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, kind)| counted(count, kind))
            .collect();
        let used = match new.len() {
            0 => "no call to Salesforce".to_owned(),
            count => format!("{} to Salesforce: {}", counted(count, "call"), kinds.join(", ")),
        };
        let events = self.world.events();
        let step = Step {
            calls: new.len(),
            events: events.get(self.told_events..).unwrap_or_default().to_vec(),
            used,
        };
        self.told_calls = calls.len();
        self.told_events = events.len();
        step
    }

    /// Tells what the last step has used and said.
    pub(crate) fn cost(&mut self) -> Step {
        let step = self.step();
        self.cost_of(&step);
        step
    }

    /// Tells what a step has used and said.
    pub(crate) fn cost_of(&mut self, step: &Step) {
        self.page.aside(&format!("[{}]", step.told()));
    }

    /// What the ledger has of a customer.
    pub(crate) async fn customer(&self, email: &str) -> Result<Customer, Stop> {
        let email = Email::parse(email).map_err(|error| Stop::Missing(error.to_string()))?;
        Ok(self.world.ledger.reader.customer(&OrgAlias::default(), &email).await?)
    }

    /// The grant of a customer that is still good, or the first where none is.
    pub(crate) async fn grant(&self, email: &str) -> Result<Grant, Stop> {
        let grants = self.customer(email).await?.grants;
        let grant = grants.values().find(|it| it.is_open()).or_else(|| grants.values().next());
        grant.cloned().ok_or_else(|| Stop::Missing(format!("grant of {email}")))
    }

    /// Whether a project is closed, and whether that is still being carried out.
    pub(crate) async fn project(&self, id: &str) -> Result<(bool, bool), Stop> {
        let id = ProjectId::parse(id).map_err(|error| Stop::Missing(error.to_string()))?;
        let project = self.world.ledger.reader.project(&OrgAlias::default(), &id).await?;
        Ok((project.is_closed(), project.is_closing()))
    }

    /// Whether a user of this address can sign in.
    pub(crate) fn is_active(&self, email: &str) -> bool {
        self.world.org().user_by_email(email).is_some_and(|user| user.is_active)
    }
}

impl Step {
    /// How often each type of event was announced.
    pub(crate) fn announced(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for event in &self.events {
            *counts.entry(event.detail_type.as_str()).or_default() += 1;
        }
        counts
    }

    fn told(&self) -> String {
        let announced = self.announced();
        if announced.is_empty() {
            return self.used.clone();
        }
        let news = announced.iter().map(|(kind, count)| match count {
            1 => tied(kind),
            several => tied(&format!("{several} x {kind}")),
        });
        format!("{}; announced: {}", self.used, news.collect::<Vec<_>>().join(", "))
    }
}

/// The text at a JSON pointer; empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Who was asked for, in which role, what was done, and until when, as an answer says it.
pub(crate) fn answered(answer: &Value) -> Vec<[String; 4]> {
    let row = |it: &Value| {
        let until = text(it, "/expiresAt").get(..10).unwrap_or_default();
        let [email, role, outcome] = ["/email", "/role", "/outcome"].map(|at| text(it, at));
        [email.to_owned(), role.to_owned(), outcome.to_owned(), format!("until {until}")]
    };
    let customers = answer.get("customers").and_then(Value::as_array);
    customers.into_iter().flatten().map(row).collect()
}

/// The number of a report's field.
pub(crate) fn count(report: &Value, field: &str) -> u64 {
    report.get(field).and_then(Value::as_u64).unwrap_or_default()
}

/// The customer of an address, as friends say it: `Ana`.
pub(crate) fn name(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let mut letters = local.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The day of an instant.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The minute of an instant.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A number with its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
