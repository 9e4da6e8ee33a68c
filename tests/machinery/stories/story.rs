//! The stories during which functions die.

use jiff::Timestamp;
use salesforce_simulator::{NewGroup, NewUser};
use serde_json::{Value, json};

use crate::platform::{Function, Trigger};
use crate::world::{START, World, closed, days, event, invite, minutes, request, sweep, with};

/// A story: what has happened before, and what the platform is then asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// New customers, known ones and one to be refused, to a group that is not there yet.
    InvitedToANewGroup,
    /// Customers who are in the group already, in one way or another, and one whose role goes up.
    InvitedToAGroupThatExists,
    /// A project with customers of all kinds closes.
    ProjectCloses,
    /// A night in which all that a sweep does is due.
    Night,
}

/// When the story's night begins: 90 days after the requests, so that what has no other end is over.
const NIGHT: &str = "2027-04-04T04:15:00Z";

/// When what is not to expire does.
const LATER: &str = "2027-12-01T00:00:00Z";

impl Story {
    /// Everybody who is in it.
    #[must_use]
    pub fn emails(self) -> &'static [&'static str] {
        match self {
            Self::InvitedToANewGroup => &[
                "new@acme.example",
                "boss@acme.example",
                "known@acme.example",
                "inactive@acme.example",
                "staff@corp.example",
            ],
            Self::InvitedToAGroupThatExists => &[
                "new@acme.example",
                "byhand@acme.example",
                "pending@acme.example",
                "promoted@acme.example",
                "same@acme.example",
            ],
            Self::ProjectCloses => &[
                "pending@acme.example",
                "joined@acme.example",
                "shared@acme.example",
                "elsewhere@acme.example",
                "byhand@acme.example",
                "blocked@acme.example",
            ],
            Self::Night => &[
                "over@acme.example",
                "boss@acme.example",
                "other@acme.example",
                "never@acme.example",
                "stuck@acme.example",
                "soon@acme.example",
                "left@acme.example",
                "gone@acme.example",
            ],
        }
    }

    /// Every project that is in one.
    #[must_use]
    pub fn projects() -> &'static [&'static str] {
        &["P-1", "P-2", "P-3"]
    }

    /// Lets happen what has happened before.
    pub async fn prepare(self, world: &World) {
        match self {
            Self::InvitedToANewGroup => before_a_new_group(world).await,
            Self::InvitedToAGroupThatExists => before_a_group_that_exists(world).await,
            Self::ProjectCloses => before_a_close(world).await,
            Self::Night => before_a_night(world).await,
        }
    }

    /// What the platform is then asked to do.
    #[must_use]
    pub fn trigger(self, world: &World) -> Trigger {
        match self {
            Self::InvitedToANewGroup => {
                let customers = json!([
                    { "email": "new@acme.example" },
                    { "email": "boss@acme.example", "role": "manager" },
                    { "email": "known@acme.example" },
                    { "email": "inactive@acme.example" },
                    { "email": "staff@corp.example" },
                ]);
                invitation(world, &lasting("P-1", "Acme", customers))
            }
            Self::InvitedToAGroupThatExists => {
                let customers = json!([
                    { "email": "new@acme.example" },
                    { "email": "byhand@acme.example" },
                    { "email": "pending@acme.example" },
                    { "email": "promoted@acme.example", "role": "manager" },
                    { "email": "same@acme.example" },
                ]);
                invitation(world, &lasting("P-1", "Acme", customers))
            }
            Self::ProjectCloses => {
                Trigger::Message { function: Function::CloseProject, event: closed(world, "P-1") }
            }
            Self::Night => Trigger::Night,
        }
    }
}

fn invitation(world: &World, request: &Value) -> Trigger {
    let event = event(world, "Customer Access Requested", request);
    Trigger::Message { function: Function::Invite, event }
}

/// A request whose end does not depend on when it is carried out.
fn lasting(project: &str, group: &str, customers: impl Into<Value>) -> Value {
    with(request(project, group, customers), &json!({ "expiresAt": LATER }))
}

async fn asked(world: &World, request: Value, outcome: &str) {
    assert_eq!(invite(world, request).await, outcome);
}

/// Brings customers in with grants that last: with one request and one sweep, as a story is prepared thousands of times.
async fn joined(world: &World, project: &str, group: &str, emails: &[&str]) {
    invited(world, lasting(project, group, emails.join(" ")), emails).await;
    accepted(world, group, emails);
    sweep(world).await;
}

async fn invited(world: &World, request: Value, emails: &[&str]) {
    let outcomes: Vec<String> = emails.iter().map(|email| format!("{email} invited")).collect();
    asked(world, request, &outcomes.join(", ")).await;
}

fn accepted(world: &World, group: &str, emails: &[&str]) {
    for email in emails {
        world.org().accept_from(group, email).expect("the invitation is open");
    }
}

async fn before_a_new_group(world: &World) {
    let org = world.org();
    org.add_user(NewUser::customer("inactive@acme.example").inactive()).expect("a user");
    org.add_user(NewUser::internal("staff@corp.example")).expect("a user");
    joined(world, "P-2", "Globex", &["known@acme.example"]).await;
}

async fn before_a_group_that_exists(world: &World) {
    let org = world.org();
    org.add_group(&NewGroup::for_customers("Acme")).expect("a group");
    org.add_user(NewUser::customer("byhand@acme.example")).expect("a user");
    org.add_member("Acme", "byhand@acme.example", "Standard").expect("a place");
    org.add_invitation("Acme", "pending@acme.example").expect("an invitation");
    joined(world, "P-1", "Acme", &["promoted@acme.example", "same@acme.example"]).await;
}

async fn before_a_close(world: &World) {
    let (pending, joining) = Story::ProjectCloses.emails().split_at(1);
    invited(world, lasting("P-1", "Acme", pending.join(" ")), pending).await;
    joined(world, "P-1", "Acme", joining).await;
    let shared = lasting("P-2", "Acme", "shared@acme.example");
    asked(world, shared, "shared@acme.example added").await;
    let elsewhere = lasting("P-2", "Globex", "elsewhere@acme.example");
    asked(world, elsewhere, "elsewhere@acme.example added").await;
    let org = world.org();
    org.add_group(&NewGroup::for_customers("By hand")).expect("a group");
    org.add_member("By hand", "byhand@acme.example", "Standard").expect("a place");
    org.block_deactivation(Some("blocked@acme.example"), "still approves things").expect("a user");
}

async fn before_a_night(world: &World) {
    let org = world.org();
    // Its invitation is not accepted, and after sixty days no longer good.
    asked(world, lasting("P-1", "Acme", "never@acme.example"), "never@acme.example invited").await;
    let night: Timestamp = NIGHT.parse().expect("an instant");
    world.pass_until(night - days(10));
    let until = |at: Timestamp| json!({ "expiresAt": at.to_string() });
    for (emails, at) in [
        (&["over@acme.example", "stuck@acme.example"][..], night - minutes(60)),
        (&["soon@acme.example"], night + days(7) - minutes(60)),
    ] {
        let request = with(request("P-1", "Acme", emails.join(" ")), &until(at));
        invited(world, request, emails).await;
        accepted(world, "Acme", emails);
    }
    let emails = ["left@acme.example", "gone@acme.example"];
    invited(world, lasting("P-3", "Initech", emails.join(" ")), &emails).await;
    accepted(world, "Initech", &["left@acme.example"]);
    sweep(world).await;
    org.block_deactivation(Some("stuck@acme.example"), "still approves things").expect("a user");
    let boss_and_other = json!([
        { "email": "boss@acme.example", "role": "manager" }, { "email": "other@acme.example" },
    ]);
    let emails = ["boss@acme.example", "other@acme.example"];
    invited(world, lasting("P-1", "Acme", boss_and_other), &emails).await;
    accepted(world, "Acme", &["boss@acme.example"]);
    let invitation = org.open_invitations("other@acme.example").remove(0).id;
    org.accept_as(&invitation, "private@home.example").expect("the invitation is open");
    // A close that came while Salesforce was away: it is recorded, and nothing was done about it.
    world.pass_until(night - minutes(30));
    org.add_fault(salesforce_simulator::Fault::always(
        salesforce_simulator::FaultKind::Maintenance,
    ));
    world.aws.set_fault(Some(lanyard_local::PutEventsFault::Unavailable));
    world.close_project(closed(world, "P-3")).await.expect_err("Salesforce is away");
    org.clear_faults();
    // Events that the bus did not take.
    let late = with(lasting("P-2", "Globex", "late@acme.example"), &json!({}));
    asked(world, late, "late@acme.example invited").await;
    world.aws.set_fault(None);
    world.pass_until(night);
    assert!(START.parse::<Timestamp>().expect("an instant") < night);
}
