//! Very many customers whose time is up at once.

use access::{Customer, Email, GrantId, Group, GroupId, ProjectId, State, UserId};
use ledger::CustomerChange;
use machinery::world::{World, customer, invite, request, sweep, with};
use salesforce_simulator::{NewGroup, NewUser};
use serde_json::json;

/// How many customers one group, and one project, has.
const GROUP: usize = 200;

/// How many are written to the ledger at once.
const PART: usize = 1_000;

/// Lets so many customers be in, each with one grant that is over after a day, and gives their addresses.
///
/// The first is let in by the functions. The others are copies, put into the ledger and into the org directly, because ten thousand
/// invitations would take longer than what is to be shown.
pub(crate) async fn gather(world: &World, count: usize) -> Vec<Email> {
    let first = "customer00000@acme.example";
    let asked = with(request("P-0", "Group 0", first), &json!({ "days": 1 }));
    assert_eq!(invite(world, asked).await, format!("{first} invited"));
    world.org().accept_from("Group 0", first).expect("the invitation is open");
    sweep(world).await;
    let model = customer(world, first).await;
    assert!(model.grants.values().all(|grant| matches!(grant.state, State::Active { .. })));
    let mut emails = vec![model.email.clone()];
    let mut group = model.grants.values().next().expect("a grant").group.clone();
    let mut changes = Vec::new();
    for number in 1..count {
        let place = number / GROUP;
        if number % GROUP == 0 {
            let name = format!("Group {place}");
            let id = world.org().add_group(&NewGroup::for_customers(&name)).expect("a group");
            group = Group { id: GroupId::parse(&id).expect("an id"), name };
        }
        let email = Email::parse(&format!("customer{number:05}@acme.example")).expect("an address");
        let user = world.org().add_user(NewUser::customer(email.as_str())).expect("a user");
        world.org().add_member(group.id.as_str(), &user, "Standard").expect("a place");
        changes.push(copy(world, &model, &email, &user, &group, number));
        emails.push(email);
        if changes.len() == PART || number + 1 == count {
            for result in world.ledger.writer.commit(std::mem::take(&mut changes)).await {
                result.expect("it is recorded");
            }
        }
    }
    emails
}

fn copy(
    world: &World,
    model: &Customer,
    email: &Email,
    user: &str,
    group: &Group,
    number: usize,
) -> CustomerChange {
    let mut grant = model.grants.values().next().expect("a grant").clone();
    grant.id = GrantId::from_random(u128::MAX - number as u128);
    grant.project = ProjectId::parse(&format!("P-{}", number / GROUP)).expect("an id");
    grant.group = group.clone();
    let opens = [grant.project.clone()].into();
    let mut customer = Customer::new(model.org.clone(), email.clone());
    customer.users = [UserId::parse(user).expect("an id")].into();
    customer.grants = [(grant.id.clone(), grant)].into();
    let due_at = customer.due_at(&world.policy);
    CustomerChange { customer, due_at, opens, audit: Vec::new(), announcements: Vec::new() }
}
