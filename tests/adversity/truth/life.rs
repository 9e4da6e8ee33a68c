//! A world in which a history happens, and what is true of it.

mod promised;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::{Customer, Email, OrgAlias, State};
use jiff::SignedDuration;
use lanyard_local::{Container, Pace};
use machinery::world::{World, closed, days, request, text, with, world_with};
use salesforce_simulator::{
    NewGroup, NewUser, Normalisation, Options, OrgHandle, Simulator, UserView,
};
use serde_json::{Value, json};

use crate::truth::deed::{ADDRESSES, CUSTOMERS, Deed, GROUPS, Hand, How, Org, PROJECTS};

/// A customer and a group by its id: what grants hold.
type Place = (String, String);

pub(crate) struct Life {
    world: World,
    /// Starts anew when the secret changes: what is signed in stays where it is.
    container: Container,
    other: Simulator,
    /// As which users customers were let in by what Lanyard has sent or done.
    let_in: BTreeMap<Place, BTreeSet<String>>,
    /// Invitations that no hand has sent, by id.
    sent: BTreeMap<String, Place>,
    by_hand: BTreeSet<String>,
    told: usize,
    hands: usize,
}

impl Life {
    pub(crate) async fn begin(begins: Org) -> Self {
        let world = world_with(|setup| {
            setup.pace = Pace::Runtime;
            setup.jitter_seed = Some(1);
            setup.org = Box::new(move |options| {
                let rules = &mut options.rules;
                rules.cancelled_link_works = begins.link_outlives;
                rules.cancelled_row_disappears = begins.row_disappears;
                rules.original_stays_sent = begins.original_stays;
                rules.refuse_member_paths = begins.refuses_paths;
                rules.normalisation = match begins.normalises {
                    0 => Normalisation::LowerCase,
                    1 => Normalisation::WithoutSubAddress,
                    _ => Normalisation::Null,
                };
            });
        })
        .await;
        for group in GROUPS {
            world.org().add_group(&NewGroup::for_customers(group)).expect("a group");
        }
        let now = world.now();
        let mut options = Options::new(Arc::new(move || now));
        options.organization_id = Some("00D000000000777".to_owned());
        let other = Simulator::start(options).await.expect("another org");
        let container = world.container(world.addresses()).expect("a container");
        // From the first request on the ledger knows the org.
        let first = request("P-0", "First", "first@known.example");
        container.invite(first, world.remaining).await.expect("the org is there");
        let (let_in, sent, by_hand) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { world, container, other, let_in, sent, by_hand, told: 0, hands: 0 }
    }

    fn org(&self) -> OrgHandle {
        self.world.org()
    }

    /// Lets one deed happen.
    pub(crate) async fn happen(&mut self, deed: Deed) -> Result<(), String> {
        self.world.pass(SignedDuration::from_secs(1));
        let promised = match deed {
            Deed::Ask(..) | Deed::Close(_) | Deed::Sweep => self.promised().await,
            Deed::Pass(_)
            | Deed::Accept(..)
            | Deed::Hand(_)
            | Deed::HideAll(_)
            | Deed::Miscount(_)
            | Deed::SwapOrg(_) => BTreeSet::new(),
        };
        match deed {
            Deed::Ask(who, group, project, count) => self.ask(who, group, project, count).await,
            Deed::Close(project) => {
                let event = closed(&self.world, PROJECTS[project]);
                let _ = self.container.close_project(event, self.world.remaining).await;
            }
            Deed::Sweep => {
                let _ = self.container.sweep(json!({}), self.world.remaining).await;
            }
            Deed::Pass(hours) => self.world.pass(SignedDuration::from_hours(hours)),
            Deed::SwapOrg(is_other) => self.swap(is_other),
            Deed::HideAll(is_hidden) => {
                self.org().change_settings(|settings| settings.view_all_users = !is_hidden);
            }
            Deed::Miscount(offset) => {
                self.org().change_rules(|rules| rules.used_licences_offset = offset);
            }
            Deed::Accept(who, group, how) => self.accept(who, group, how),
            Deed::Hand(hand) => self.lay(hand),
        }
        self.nothing_is_taken(&promised).await?;
        self.look().await
    }

    async fn customer(&self, email: &str) -> Customer {
        let address = Email::parse(email).expect("an address");
        let customer = self.world.ledger.reader.customer(&OrgAlias::default(), &address).await;
        customer.expect("the ledger answers")
    }

    async fn ask(&mut self, who: usize, group: usize, project: usize, count: i64) {
        let asked = request(PROJECTS[project], GROUPS[group], CUSTOMERS[who]);
        let asked = with(asked, &json!({ "days": count }));
        let answer = self.container.invite(asked, self.world.remaining).await;
        let id = self.group(group);
        for invitation in self.org().invitations() {
            if !self.by_hand.contains(&invitation.id) && invitation.parent_id.is_none() {
                let place = (invitation.email.clone(), invitation.group_id.clone());
                self.sent.entry(invitation.id).or_insert(place);
            }
        }
        let outcome =
            answer.ok().and_then(|it| it["customers"][0]["outcome"].as_str().map(str::to_owned));
        if matches!(
            outcome.as_deref(),
            Some("added" | "reactivated" | "adopted" | "updated" | "unchanged")
        ) {
            // Whoever is there as the customer is there because of the grant from now on.
            let is_named = |it: &UserView| it.email.eq_ignore_ascii_case(CUSTOMERS[who]);
            let users: Vec<String> =
                self.org().users().into_iter().filter(is_named).map(|it| it.id).collect();
            let members = self.org().members();
            let is_in =
                |user: &String| members.iter().any(|it| it.user_id == *user && it.group_id == id);
            let place = (CUSTOMERS[who].to_owned(), id.clone());
            self.let_in.entry(place).or_default().extend(users.into_iter().filter(is_in));
        }
    }

    fn accept(&mut self, who: usize, group: usize, how: How) {
        let org = self.org();
        let place = (CUSTOMERS[who].to_owned(), self.group(group));
        let mut mine = self.sent.iter().filter(|(_, it)| **it == place).map(|(id, _)| id.clone());
        let rows = org.invitations();
        let is_late = matches!(how, How::Late);
        let fits = |id: &String| match rows.iter().find(|it| it.id == *id) {
            Some(row) if is_late => row.status == "Canceled",
            Some(row) => row.status != "Accepted" && row.status != "Canceled",
            // The row is gone, and the link may not be.
            None => is_late,
        };
        let Some(invitation) = mine.rfind(fits) else { return };
        let accepted = match how {
            How::Plainly | How::Late | How::Slipping(_) => org.accept(&invitation),
            How::Under(address) => org.accept_as(&invitation, ADDRESSES[address]),
            How::As(other) => match self.somebody(other) {
                Some(user) => org.accept_by(&invitation, &user),
                None => return,
            },
        };
        if let Ok(user) = accepted {
            if let How::Slipping(address) = how {
                org.set_email(&user, ADDRESSES[address]).expect("there is the user");
            }
            self.let_in.entry(place).or_default().insert(user);
        }
    }

    /// Lets a hand do something. What it cannot do just now it does not do.
    fn lay(&mut self, hand: Hand) {
        let org = self.org();
        self.hands += 1;
        let fresh = format!("hand{}@else.example", self.hands);
        let done = match hand {
            Hand::ChangeAddress(who, address) => {
                self.somebody(who).map(|it| org.set_email(&it, ADDRESSES[address]))
            }
            Hand::Hide(who, is_hidden) => {
                self.somebody(who).map(|it| org.hide_user(&it, is_hidden))
            }
            Hand::HideProfile(who, is_hidden) => {
                self.somebody(who).map(|it| org.hide_profile(&it, is_hidden))
            }
            Hand::HideGroup(group, is_hidden) => Some(org.hide_group(GROUPS[group], is_hidden)),
            Hand::HideInvitation(who, group) => {
                self.open(who, group).map(|it| org.hide_invitation(&it, true))
            }
            Hand::Status(who, group) => {
                self.open(who, group).map(|it| org.set_invitation_status(&it, "Versandt"))
            }
            Hand::Remove(who, group) => {
                self.somebody(who).map(|it| org.remove_member(GROUPS[group], &it))
            }
            Hand::Deactivate(who) => self.somebody(who).map(|it| org.deactivate(&it)),
            Hand::Invite(group) => {
                let sent = org.add_invitation(GROUPS[group], &fresh);
                self.by_hand.extend(sent.iter().cloned());
                Some(sent.and_then(|id| org.accept(&id)).map(drop))
            }
            Hand::PutIn(group) => {
                let user = org.add_user(NewUser::customer(&fresh));
                Some(user.and_then(|it| org.add_member(GROUPS[group], &it, "Standard")).map(drop))
            }
        };
        // A refusal is what a hand meets now and then.
        let _ = done;
    }

    /// An open invitation of a customer's to a group that no hand has sent.
    fn open(&self, who: usize, group: usize) -> Option<String> {
        let place = (CUSTOMERS[who].to_owned(), self.group(group));
        let rows = self.org().invitations();
        let is_open = |id: &str| rows.iter().any(|row| row.id == id && row.status == "Sent");
        let mut mine = self.sent.iter().filter(|(id, it)| **it == place && is_open(id));
        mine.next().map(|(id, _)| id.clone())
    }

    /// The last user as whom a customer was let in.
    fn somebody(&self, who: usize) -> Option<String> {
        self.users(CUSTOMERS[who]).into_iter().next_back().map(str::to_owned)
    }

    /// As whom a customer has been let in anywhere: whoever holds a place for the customer holds it for each of these.
    fn users(&self, email: &str) -> Vec<&str> {
        let mine = self.let_in.iter().filter(|((it, _), _)| it == email);
        mine.flat_map(|(_, users)| users.iter().map(String::as_str)).collect()
    }

    fn group(&self, group: usize) -> String {
        self.org().group_by_name(GROUPS[group]).expect("it is there").id
    }

    fn swap(&mut self, is_other: bool) {
        let secret =
            if is_other { self.other.secret_json() } else { self.world.simulator.secret_json() };
        self.world.set_secret(&OrgAlias::default(), Some(secret));
        self.container = self.world.container(self.world.addresses()).expect("a container");
    }

    /// What is told as ended since the last look is over in truth.
    async fn look(&mut self) -> Result<(), String> {
        let events = self.world.events();
        let new: Vec<Value> = events
            .iter()
            .skip(self.told)
            .filter(|it| it.detail_type == "Customer Access Ended")
            .map(|it| it.detail.clone())
            .collect();
        self.told = events.len();
        if !self.other.org().writes().is_empty() {
            return Err("something was done in another org".to_owned());
        }
        let held = if new.is_empty() { BTreeSet::new() } else { self.held().await };
        for detail in new {
            let place = (text(&detail["email"]), text(&detail["group"]["id"]));
            for user in self.users(&place.0) {
                let stands = self.stands(user);
                let is_held = |group: &String| held.contains(&(user.to_owned(), group.clone()));
                if stands.contains(&place.1) && !is_held(&place.1) {
                    return Err(format!("{} is told as ended and is in the group", place.0));
                }
                let is_lone = stands == [String::new()];
                let is_needed = held.iter().any(|(it, _)| it == user);
                if is_lone && !is_needed && detail["proof"]["seatActive"] == false {
                    return Err(format!("{} has a seat, which is told to be none", place.0));
                }
            }
        }
        Ok(())
    }

    /// The groups of a user who is active: one empty text for nobody's group, nothing for who is inactive.
    fn stands(&self, user: &str) -> Vec<String> {
        let org = self.org();
        if !org.users().iter().any(|it| it.id == user && it.is_active) {
            return Vec::new();
        }
        let members = org.members().into_iter().filter(|it| it.user_id == user);
        let groups: Vec<String> = members.map(|it| it.group_id).collect();
        if groups.is_empty() { vec![String::new()] } else { groups }
    }

    /// The places that open grants hold, by user.
    async fn held(&self) -> BTreeSet<(String, String)> {
        let mut held = BTreeSet::new();
        for email in CUSTOMERS {
            let customer = self.customer(email).await;
            for grant in customer.grants.values().filter(|it| it.is_open()) {
                let group = grant.group.id.to_string();
                held.extend(
                    self.users(email).into_iter().map(|user| (user.to_owned(), group.clone())),
                );
            }
        }
        held
    }

    /// Everything is shown again and months pass. Then whoever is in is known: a grant is open, an ending is told as stuck, or people
    /// are told that nobody answers.
    pub(crate) async fn end(&mut self) -> Result<(), String> {
        self.swap(false);
        self.org().change_settings(|settings| settings.view_all_users = true);
        self.org().change_rules(|rules| rules.used_licences_offset = 0);
        for user in self.org().users() {
            let _ = self.org().hide_user(&user.id, false);
            let _ = self.org().hide_profile(&user.id, false);
        }
        for group in GROUPS {
            let _ = self.org().hide_group(group, false);
        }
        for invitation in self.org().invitations() {
            let _ = self.org().hide_invitation(&invitation.id, false);
        }
        for _ in 0..4 {
            self.world.pass(days(1));
            let _ = self.container.sweep(json!({}), self.world.remaining).await;
            self.look().await.map_err(|it| format!("in the end: {it}"))?;
        }
        self.world.pass(days(100));
        for _ in 0..3 {
            self.world.pass(days(1));
            let _ = self.container.sweep(json!({}), self.world.remaining).await;
            self.look().await.map_err(|it| format!("months later: {it}"))?;
        }
        self.nobody_is_overlooked().await
    }

    async fn nobody_is_overlooked(&self) -> Result<(), String> {
        let events = self.world.events();
        let is_told = |user: &str| {
            events.iter().any(|it| {
                let detail = &it.detail;
                let candidates = detail["stuck"]["candidates"].as_array();
                detail["user"] == user
                    || candidates.is_some_and(|it| it.iter().any(|it| it == user))
                    || it.detail_type == "Customer Access Drifted"
            })
        };
        let stuck = self.stuck().await;
        let places = self.org().members();
        for user in self.org().users() {
            let is_in = places.iter().any(|it| it.user_id == user.id);
            let is_outside = user.licence == "Chatter External" && user.is_active && is_in;
            if is_outside && !is_told(&user.id) && !stuck.contains(&user.id) {
                return Err(format!("{} is in, and nobody knows", user.email));
            }
        }
        Ok(())
    }

    /// The users of customers with anything that is not over.
    async fn stuck(&self) -> BTreeSet<String> {
        let mut stuck = BTreeSet::new();
        for email in CUSTOMERS {
            let customer = self.customer(email).await;
            let is_open = |state: &State| matches!(state, State::Ending { .. });
            if customer.grants.values().any(|it| it.is_open() || is_open(&it.state)) {
                stuck.extend(self.users(email).into_iter().map(str::to_owned));
            }
        }
        stuck
    }
}
