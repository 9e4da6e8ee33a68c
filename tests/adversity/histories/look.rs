//! What everybody can see of a history.

use std::collections::{BTreeMap, BTreeSet};

use access::{Email, OrgAlias};
use machinery::world::{World, text};
use salesforce_simulator::{MailKind, UserView};

use crate::histories::model::Open;
use crate::histories::person::{Seat, Seen, Told};
use crate::histories::universe::{Address, Customer, Group, Project, Role};

/// What Salesforce shows of each customer.
pub(crate) fn seen(world: &World) -> BTreeMap<Customer, Seen> {
    let org = world.org();
    let mut all: BTreeMap<Customer, Seen> =
        Customer::ALL.into_iter().map(|it| (it, Seen::default())).collect();
    let groups = groups(world);
    let mut known: BTreeMap<String, (Customer, Address)> = BTreeMap::new();
    for user in org.users() {
        let Some((customer, address)) = Customer::of(&user.email) else { continue };
        let seen = all.entry(customer).or_default();
        assert_eq!(seen.seats.insert(address, seat(&user)), None, "one user for an address");
        known.insert(user.id, (customer, address));
    }
    for member in org.members() {
        let Some((customer, address)) = known.get(&member.user_id) else { continue };
        let Some(group) = groups.get(&member.group_id) else { continue };
        let role = Role::of_salesforce(&member.role);
        all.entry(*customer).or_default().places.insert((*address, *group), role);
    }
    for invitation in org.invitations().iter().filter(|it| it.status == "Sent") {
        let Some((customer, _)) = Customer::of(&invitation.email) else { continue };
        let Some(group) = groups.get(&invitation.group_id) else { continue };
        *all.entry(customer).or_default().invited.entry(*group).or_default() += 1;
    }
    for mail in org.mails().iter().filter(|it| it.kind == MailKind::Invitation) {
        let Some((customer, _)) = Customer::of(&mail.to) else { continue };
        let Some(group) = Group::named(&mail.group) else { continue };
        *all.entry(customer).or_default().mails.entry(group).or_default() += 1;
    }
    let mut known = BTreeSet::new();
    for event in world.events() {
        let Some(told) = Told::of(&event.detail_type) else { continue };
        let detail = &event.detail;
        // A repetition of an event tells nothing new.
        if !known.insert(text(&detail["id"])) {
            continue;
        }
        let (customer, _) = Customer::of(&text(&detail["email"])).expect("one of the history");
        let project = Project::called(&text(&detail["project"])).expect("one of the history");
        let group = Group::named(&text(&detail["group"]["name"])).expect("one of the history");
        all.entry(customer).or_default().tell(told, (project, group));
    }
    all
}

/// Everything in the org that is none of Lanyard's business, in lines.
pub(crate) fn bystanders(world: &World) -> Vec<String> {
    let org = world.org();
    let is_other = |email: &str| Customer::of(email).is_none();
    let users = org.users();
    let users = users.iter().filter(|it| is_other(&it.email)).map(|it| format!("{it:?}"));
    let members = org.members();
    // Who owns a group of Lanyard's is in it.
    let is_made = |group: &str| groups(world).get(group) != Some(&Group::Acme);
    let members = members
        .iter()
        .filter(|it| is_other(&it.email) && is_made(&it.group_id))
        .map(|it| format!("{it:?}"));
    let invitations = org.invitations();
    let invitations =
        invitations.iter().filter(|it| is_other(&it.email)).map(|it| format!("{it:?}"));
    let made = org.groups();
    let made = made.iter().filter(|it| is_made(&it.id)).map(|it| format!("{it:?}"));
    users.chain(members).chain(invitations).chain(made).collect()
}

/// What each customer holds by promises that the ledger says are open.
pub(crate) async fn open(world: &World) -> BTreeMap<Customer, Open> {
    let mut all = BTreeMap::new();
    for customer in Customer::ALL {
        let email = Email::parse(&customer.email(Address::Own)).expect("an address");
        let reader = &world.ledger.reader;
        let found = reader.customer(&OrgAlias::default(), &email).await;
        let grants = found.expect("the ledger answers").grants;
        let held = grants.values().filter(|it| it.is_open()).map(|it| {
            let project = Project::called(it.project.as_str());
            let group = Group::named(&it.group.name).expect("a group of the history");
            let role = match it.role {
                access::Role::Member => Role::Member,
                access::Role::Manager => Role::Manager,
            };
            ((project.expect("a project of the history"), group), (role, it.expires_at))
        });
        all.insert(customer, held.collect());
    }
    all
}

fn groups(world: &World) -> BTreeMap<String, Group> {
    let groups = world.org().groups().into_iter();
    groups.filter_map(|it| Some((it.id, Group::named(&it.name)?))).collect()
}

fn seat(user: &UserView) -> Seat {
    match (user.is_active, user.is_frozen) {
        (false, _) => Seat::Inactive,
        (true, Some(true)) => Seat::Frozen,
        (true, _) => Seat::Active,
    }
}

impl Told {
    fn of(detail_type: &str) -> Option<Self> {
        match detail_type {
            "Customer Access Expiring" => Some(Self::Expiring),
            "Customer Access Ended" => Some(Self::Ended),
            "Customer Access Drifted" => Some(Self::Drifted),
            _ => None,
        }
    }
}
