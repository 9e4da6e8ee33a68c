//! Whatever was admitted can be ended, recorded and told: the most grants of one customer, each of them as large as it may be.

use std::collections::BTreeSet;

use access::{Customer, Grant, GrantId, Group, GroupId, Proof, State};
use ledger::CustomerChange;
use machinery::effort::{Count, Effort};
use machinery::world::{
    World, close, customer, days, history, invite, join, request, seat, sweep, told, with, world,
};
use salesforce_simulator::NewGroup;
use serde_json::{Value, json};

/// How many customers are drawn; of each three, one leaves by each way.
const DRAWN: Count = Count { quick: 3, full: 30 };

/// How many grants a customer may have.
const MOST: usize = 40;

/// The ways out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Expiry,
    Close,
    Withdrawal,
}

#[tokio::test]
async fn who_has_the_most_grants_of_the_longest_texts_is_told_of_and_leaves_all_of_them() {
    let effort = Effort::from_environment();
    let drawn = effort.draws(DRAWN);
    effort.tell_of_part("largest", &format!("{drawn} of {} customers", DRAWN.full));
    let mut random = effort.random("largest");
    for number in 0..drawn {
        let way = [Way::Expiry, Way::Close, Way::Withdrawal][number % 3];
        let who = Largest::draw(&mut random, way);
        leaves(&who, way).await;
    }
}

#[tokio::test]
async fn one_night_ends_what_a_table_of_the_first_version_has_of_one_customer() {
    const ALL: usize = 300;
    let world = world().await;
    let email = "ana@acme.example";
    join(&world, "P-0", "Group 0", email).await;
    grow_older(&world, email, ALL).await;
    assert_eq!(customer(&world, email).await.grants.len(), ALL);

    world.pass(days(80));
    sweep(&world).await;
    all_are_told_once(&world, "Customer Access Expiring", ALL);
    world.pass(days(10));
    let report = sweep(&world).await;

    let ended = (report["ended"].clone(), report["proven"].clone(), report["complete"].clone());
    assert_eq!(ended, (json!(ALL), json!(ALL), json!(true)), "{report}");
    assert_eq!(seat(&world, email), "inactive");
    all_are_told_once(&world, "Customer Access Ended", ALL);
    is_read_again(&world, email, ALL).await;
}

/// One customer, and what is drawn of the requests for them.
#[derive(Debug)]
struct Largest {
    email: String,
    sponsor: String,
    /// One for all grants, or one for each few of them.
    projects: Vec<String>,
    letter: char,
    /// Whether the first invitation is accepted, so that the customer is in all groups, or none is.
    joins: bool,
}

impl Largest {
    fn draw(random: &mut fastrand::Rng, way: Way) -> Self {
        let letter = random.choice(['\u{1f511}', '𝄞', '\u{20000}', '\u{10348}', '😀']);
        let letter = letter.expect("there are some");
        // A close is of one project, which has all.
        let projects = if way == Way::Close { 1 } else { random.usize(1..=MOST) };
        let project = |number: usize| format!("{number:02}{}", letter.to_string().repeat(126));
        Self {
            email: address(random),
            sponsor: address(random),
            projects: (0..projects).map(project).collect(),
            letter,
            // Invitations that nobody accepts are over before the first notice.
            joins: way == Way::Expiry || random.bool(),
        }
    }

    /// A request of which every text is as long as it may be.
    fn request(&self, number: usize) -> Value {
        let long = |length: usize| self.letter.to_string().repeat(length);
        let project = &self.projects[number % self.projects.len()];
        let group = format!("{number:02}{}", long(38));
        let texts = json!({
            "project": { "id": project, "name": long(200) },
            "sponsor": self.sponsor,
            "reason": long(1_000),
            "message": long(255),
        });
        with(request(project, &group, self.email.as_str()), &texts)
    }
}

/// An address of 80 characters of all kinds.
fn address(random: &mut fastrand::Rng) -> String {
    let mut letter = || random.choice(b"abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~");
    let local: String =
        std::iter::from_fn(|| letter().map(|it| char::from(*it))).take(60).collect();
    format!("{local}@{}.example", "b".repeat(11))
}

async fn leaves(who: &Largest, way: Way) {
    let world = world().await;
    let email = who.email.as_str();
    for number in 0..MOST {
        let answer = invite(&world, who.request(number)).await;
        assert!(answer.ends_with("invited") || answer.ends_with("added"), "{who:?}: {answer}");
        if number == 0 && who.joins {
            let invitation = world.org().open_invitations(email).pop().expect("it is open");
            world.org().accept(&invitation.id).expect("it is accepted");
            sweep(&world).await;
        }
    }
    let notices: &[i64] = if who.joins { &[30, 14, 7, 1] } else { &[] };
    for (notice, left) in notices.iter().enumerate() {
        world.pass_until(expiry(&world, email).await - days(*left));
        sweep(&world).await;
        let told = told(&world, "Customer Access Expiring");
        assert_eq!(told.len(), MOST * (notice + 1), "{way:?}: all notices of {left} days");
    }
    let report = match way {
        Way::Expiry => {
            world.pass(days(1));
            sweep(&world).await
        }
        Way::Close => close(&world, &who.projects[0]).await,
        Way::Withdrawal => {
            let long = who.letter.to_string().repeat(1_000);
            let named = json!({ "customers": email, "withdrawnBy": long, "reason": long });
            world.close_project(named).await.expect("it is withdrawn")
        }
    };
    let ended = (report["ended"].clone(), report["proven"].clone(), report["complete"].clone());
    assert_eq!(ended, (json!(MOST), json!(MOST), json!(true)), "{way:?}: {report}");
    let is_out = if who.joins { "inactive" } else { "nobody" };
    assert_eq!(seat(&world, email), is_out, "{way:?}");
    assert!(world.org().open_invitations(email).is_empty(), "{way:?}");
    all_are_told_once(&world, "Customer Access Ended", MOST);
    is_read_again(&world, email, MOST).await;
}

/// When the last of the grants expires.
async fn expiry(world: &World, email: &str) -> jiff::Timestamp {
    let customer = customer(world, email).await;
    customer.grants.values().map(|it| it.expires_at).max().expect("there is one")
}

fn all_are_told_once(world: &World, detail_type: &str, count: usize) {
    let told = told(world, detail_type);
    let grants: BTreeSet<String> = told.iter().map(|it| it.detail["grantId"].to_string()).collect();
    assert_eq!((told.len(), grants.len()), (count, count), "{detail_type}");
}

/// All endings are recorded, and read again after 1, 7 and 30 days.
async fn is_read_again(world: &World, email: &str, count: usize) {
    let grants = customer(world, email).await.grants;
    assert_eq!(grants.len(), count);
    for grant in grants.values() {
        let last = history(world, &grant.id).await.pop().expect("it has a history");
        assert_eq!(last.state["state"], json!(grant.state), "the history ends as the ledger says");
    }
    for (reread, passed) in [1, 6, 23].into_iter().enumerate() {
        world.pass(days(passed));
        let report = sweep(world).await;
        assert_eq!(report["reproven"], json!(count), "{report}");
        let is_reread = |it: &Grant| matches!(&it.state, State::Ended { proof: Proof::Proven { rereads, .. }, .. } if *rereads == reread + 1);
        assert!(customer(world, email).await.grants.values().all(is_reread));
    }
    assert_eq!(told(world, "Customer Access Ended").len(), count, "and not told again");
}

/// Gives the customer so many grants, in groups of their own, and leaves of all of them in the ledger what the first version wrote.
async fn grow_older(world: &World, email: &str, count: usize) {
    let user = world.org().user_by_email(email).expect("a user").id;
    let mut customer = customer(world, email).await;
    let model = customer.grants.values().next().expect("a grant").clone();
    for number in 1..count {
        let name = format!("Group {number}");
        let id = world.org().add_group(&NewGroup::for_customers(&name)).expect("a group");
        world.org().add_member(&id, &user, "Standard").expect("a place");
        let group = Group { id: GroupId::parse(&id).expect("an id"), name };
        let id = GrantId::from_random(u128::MAX - number as u128);
        customer.grants.insert(id.clone(), Grant { id, group, ..model.clone() });
    }
    for grant in customer.grants.values_mut() {
        (grant.asked, grant.withdrawn) = (None, None);
        grant.invitations.clear();
    }
    let due_at = customer.due_at(&world.policy);
    let customer = Customer { aliases: BTreeSet::new(), busy: None, ..customer };
    let (opens, audit, announcements) = (BTreeSet::new(), Vec::new(), Vec::new());
    let change = CustomerChange { customer, due_at, opens, audit, announcements };
    world.ledger.writer.commit(vec![change]).await.remove(0).expect("it is recorded");
}
