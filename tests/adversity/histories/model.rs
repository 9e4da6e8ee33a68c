//! What the contract says of a history: a reference, plain and independent of the product's own decisions.
//!
//! For every customer it keeps all that may be so, as a set of [`Person`]s. Where the contract leaves a moment open, such as when it
//! is noticed what somebody did by hand, there are several; what is seen after each command leaves those that fit it. None
//! left is a failure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use machinery::platform::Function;

use crate::histories::asking::{UNDER_WAY, Wish};
use crate::histories::command::Who;
use crate::histories::looking::Circumstances;
use crate::histories::person::{Person, SETTLING, Seen};
use crate::histories::universe::{Address, Customer, Group, Project, Role};

/// By how much a lease outlasts the invocation, for the clocks of two processes differ.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// What a customer holds by open promises.
pub(crate) type Open = BTreeMap<(Project, Group), (Role, Timestamp)>;

/// All customers and projects.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) people: BTreeMap<Customer, BTreeSet<Person>>,
    pub(crate) projects: BTreeMap<Project, Status>,
    /// Whom Salesforce refuses to deactivate.
    pub(crate) blocked: BTreeSet<Customer>,
    pub(crate) is_all_blocked: bool,
}

/// Whether a project is closed, and since which instant of its upstream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Status {
    pub(crate) is_closed: bool,
    changed_at: Option<Timestamp>,
}

/// Something that a function was asked to do, with its instants.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Ask(Who, Wish),
    Close(Project, Timestamp),
    Reopen(Project, Timestamp),
    Sweep,
}

/// What a function answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// What became of whom.
    Outcomes(BTreeMap<Customer, String>),
    /// The whole request was refused, with this code.
    Refused(String),
    /// A request that came by the queue is done with, one way or another.
    Consumed,
    /// A run went as well as it can.
    Ran,
    /// To be tried again.
    Again(String),
    /// The container died.
    Died,
}

impl Status {
    /// An older change than the one recorded changes nothing; on a tie closed wins. Says whether anything changed.
    fn change(&mut self, closes: bool, at: Timestamp) -> bool {
        let is_late = self
            .changed_at
            .is_some_and(|changed| at < changed || (at == changed && (!closes || self.is_closed)));
        if !is_late {
            *self = Self { is_closed: closes, changed_at: Some(at) };
        }
        !is_late
    }
}

impl Model {
    pub(crate) fn new(seen: &BTreeMap<Customer, Seen>) -> Self {
        let person = |seen: &Seen| Person { seen: seen.clone(), ..Person::default() };
        let people = seen.iter().map(|(customer, it)| (*customer, BTreeSet::from([person(it)])));
        Self {
            people: people.collect(),
            projects: Project::ALL.into_iter().map(|it| (it, Status::default())).collect(),
            blocked: BTreeSet::new(),
            is_all_blocked: false,
        }
    }

    /// A function did this undisturbed, and answered that.
    pub(crate) fn did(
        &mut self,
        deed: &Deed,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), String> {
        let mut projects = self.projects.clone();
        for customer in Customer::ALL {
            let mut order = self.projects.clone();
            let mut possible = BTreeSet::new();
            for person in &self.people[&customer] {
                order.clone_from(&self.projects);
                possible.extend(self.step(customer, person, deed, answer, &mut order, now));
            }
            projects = order;
            if possible.is_empty() {
                return Err(format!(
                    "{deed:?} answered {answer:?}, which fits nothing that {customer} may be: {:#?}",
                    self.people[&customer]
                ));
            }
            self.people.insert(customer, possible);
        }
        self.projects = projects;
        Ok(())
    }

    /// Several functions did this at the same time.
    pub(crate) fn did_together(
        &mut self,
        deeds: &[(Deed, Answer)],
        now: Timestamp,
    ) -> Result<(), String> {
        let orders = orders(deeds.len());
        for customer in Customer::ALL {
            let mut possible = BTreeSet::new();
            for order in &orders {
                let mut projects = self.projects.clone();
                let mut people = self.people[&customer].clone();
                for (deed, answer) in order.iter().map(|index| &deeds[*index]) {
                    let before = projects.clone();
                    let mut next = BTreeSet::new();
                    for person in &people {
                        projects.clone_from(&before);
                        next.extend(self.crossed(
                            customer,
                            person,
                            (deed, answer),
                            &mut projects,
                            now,
                        ));
                    }
                    people = next;
                }
                possible.extend(people);
            }
            if possible.is_empty() {
                return Err(format!(
                    "{deeds:?}: no order of them explains what {customer} was answered"
                ));
            }
            self.people.insert(customer, possible);
        }
        // Which event is the newer one does not depend on the order of arrival.
        for (deed, _) in deeds.iter().filter(|(_, answer)| !matches!(answer, Answer::Died)) {
            match deed {
                Deed::Close(project, at) => {
                    self.projects.entry(*project).or_default().change(true, *at);
                }
                Deed::Reopen(project, at) => {
                    self.projects.entry(*project).or_default().change(false, *at);
                }
                Deed::Ask(..) | Deed::Sweep => {}
            }
        }
        Ok(())
    }

    /// What may become of one customer when others work at the same time, or the container dies: as if one thing were done after the
    /// other, or not at all where it was cut short.
    fn crossed(
        &self,
        customer: Customer,
        person: &Person,
        (deed, answer): (&Deed, &Answer),
        projects: &mut BTreeMap<Project, Status>,
        now: Timestamp,
    ) -> BTreeSet<Person> {
        let is_cut_short = matches!(answer, Answer::Again(_) | Answer::Died);
        let is_closed = |wish: &Wish| projects[&wish.project].is_closed;
        let mut possible = match (deed, answer) {
            (Deed::Ask(who, wish), _)
                if !who.customers().contains(&customer) || is_closed(wish) =>
            {
                self.step(customer, person, deed, answer, projects, now)
            }
            (Deed::Ask(_, wish), Answer::Died) => {
                let clear_at = now + Function::Invite.timeout() + SKEW + SETTLING;
                person.died_asked(wish, now, clear_at)
            }
            // What came by the queue says nothing of the customer, and a close in between is told as if it had come before.
            (Deed::Ask(_, wish), Answer::Consumed | Answer::Refused(_)) => {
                let asked = person.asked(wish, now).into_iter();
                let done = asked.filter(|(outcome, _)| *outcome != UNDER_WAY);
                done.map(|(_, person)| person).chain([person.clone()]).collect()
            }
            (Deed::Ask(..), _) => self.step(customer, person, deed, answer, projects, now),
            (Deed::Close(..) | Deed::Reopen(..) | Deed::Sweep, _) => {
                self.step(customer, person, deed, &Answer::Ran, projects, now)
            }
        };
        if is_cut_short {
            possible.insert(person.clone());
        }
        possible
    }

    /// What may become of one customer.
    fn step(
        &self,
        customer: Customer,
        person: &Person,
        deed: &Deed,
        answer: &Answer,
        projects: &mut BTreeMap<Project, Status>,
        now: Timestamp,
    ) -> BTreeSet<Person> {
        let same = || BTreeSet::from([person.clone()]);
        match deed {
            Deed::Ask(who, wish) => {
                if !who.customers().contains(&customer) {
                    return same();
                }
                let is_refused = match answer {
                    Answer::Refused(code) => code == "PROJECT_CLOSED",
                    Answer::Consumed => true,
                    Answer::Outcomes(_) | Answer::Ran | Answer::Again(_) | Answer::Died => false,
                };
                if projects[&wish.project].is_closed {
                    return if is_refused { same() } else { BTreeSet::new() };
                }
                let fits = |outcome: &str| match answer {
                    Answer::Outcomes(outcomes) => {
                        outcomes.get(&customer).is_some_and(|it| it == outcome)
                    }
                    Answer::Again(_) => true,
                    Answer::Refused(_) | Answer::Consumed | Answer::Ran | Answer::Died => false,
                };
                let asked = person.asked(wish, now);
                asked.into_iter().filter(|it| fits(it.0)).map(|it| it.1).collect()
            }
            Deed::Reopen(project, at) => {
                projects.entry(*project).or_default().change(false, *at);
                same()
            }
            Deed::Close(project, at) => {
                let is_news = projects.entry(*project).or_default().change(true, *at);
                let is_concerned = person.promises.keys().any(|(it, _)| it == project);
                let looked = person.looked_at(&self.around(customer, projects, now));
                // Whether those are looked at whose grants for the project are over is left open.
                let kept = if is_news && is_concerned { BTreeSet::new() } else { same() };
                looked.into_iter().chain(kept).collect()
            }
            Deed::Sweep => {
                let around = self.around(customer, projects, now);
                if person.is_due(&around.closed, now) {
                    return person.looked_at(&around);
                }
                let mut possible = same();
                // Which sweep of the night takes the census is left open.
                if person.is_news() {
                    possible.extend(person.looked_at(&around));
                }
                possible
            }
        }
    }

    fn around(
        &self,
        customer: Customer,
        projects: &BTreeMap<Project, Status>,
        now: Timestamp,
    ) -> Circumstances {
        let closed = projects.iter().filter(|(_, it)| it.is_closed).map(|(it, _)| *it).collect();
        let mut blocked = BTreeSet::new();
        if self.is_all_blocked {
            blocked.extend(Address::ALL);
        } else if self.blocked.contains(&customer) {
            blocked.insert(Address::Own);
        }
        Circumstances { now, closed, blocked }
    }

    /// Leaves those who have what they were promised, or of whom somebody's hand took it; says of whom nobody is left.
    pub(crate) fn lacking(&mut self) -> Option<Customer> {
        for (customer, people) in &mut self.people {
            let is_served = |it: &&Person| it.is_touched || !it.lacks();
            let served: BTreeSet<Person> = people.iter().filter(is_served).cloned().collect();
            if served.is_empty() {
                return Some(*customer);
            }
            *people = served;
        }
        None
    }

    /// Something happened that is none of the product's doing: what is seen is so.
    pub(crate) fn behold(&mut self, seen: &BTreeMap<Customer, Seen>) {
        for (customer, people) in &mut self.people {
            let as_seen = |person: &Person| {
                let seen = seen[customer].clone();
                let is_touched = person.is_touched || person.seen != seen;
                Person { seen, is_touched, ..person.clone() }
            };
            *people = people.iter().map(as_seen).collect();
        }
    }

    /// Leaves what fits what is seen, and says so if nothing does.
    pub(crate) fn compare(
        &mut self,
        seen: &BTreeMap<Customer, Seen>,
        open: &BTreeMap<Customer, Open>,
    ) -> Result<(), String> {
        for (customer, people) in &mut self.people {
            let fits = |it: &Person| it.seen == seen[customer] && it.open() == open[customer];
            let fitting: BTreeSet<Person> = people.iter().filter(|it| fits(it)).cloned().collect();
            if fitting.is_empty() {
                let expected: BTreeSet<String> =
                    people.iter().map(|it| told(&it.seen, &it.open())).collect();
                let expected: Vec<String> = expected.into_iter().collect();
                return Err(format!(
                    "{customer} is\n  {}\nbut should be\n  {}",
                    told(&seen[customer], &open[customer]),
                    expected.join("\nor\n  ")
                ));
            }
            *people = fitting;
        }
        Ok(())
    }
}

fn told(seen: &Seen, open: &Open) -> String {
    let Seen { seats, places, invited, mails, told } = seen;
    format!(
        "seats {seats:?}, places {places:?}, invited {invited:?}, mails {mails:?}, told {told:?}, open {open:?}"
    )
}

/// All orders of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for index in 0..count {
        let with = |order: &Vec<usize>| {
            let order = order.clone();
            (0..=order.len()).map(move |at| {
                let mut order = order.clone();
                order.insert(at, index);
                order
            })
        };
        orders = orders.iter().flat_map(with).collect();
    }
    orders
}
