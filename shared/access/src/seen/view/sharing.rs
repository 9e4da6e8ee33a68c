//! One person under several addresses: what the customers hold and answer for together.

use std::collections::{BTreeMap, BTreeSet};

use super::View;
use crate::records::{Grant, Standing};
use crate::words::{GroupId, Role, UserId};

impl<'a> View<'a> {
    /// Notes in each of several views what the others hold and answer for that are of the same person under another address, and of all
    /// who are connected so the worst standing, and whether one could not be looked at, with what follows from it.
    pub(crate) fn share(views: &mut [Self]) {
        let mut sharers: BTreeMap<&UserId, BTreeSet<usize>> = BTreeMap::new();
        for (at, view) in views.iter().enumerate() {
            for user in view.persons() {
                sharers.entry(user).or_default().insert(at);
            }
        }
        sharers.retain(|_, sharers| sharers.len() > 1);
        Self::share_doubts(views, &sharers);
        for (user, sharers) in sharers {
            let groups = |is_meant: &dyn Fn(&Self, &Grant) -> bool| {
                let groups = sharers.iter().map(|at| {
                    let view = views.get(*at);
                    let grants = view
                        .into_iter()
                        .flat_map(|it| it.customer.grants.values().map(move |grant| (it, grant)));
                    let meant = grants.filter(|(view, grant)| is_meant(view, grant));
                    (*at, meant.map(|(_, grant)| (&grant.group.id, grant.role)).collect())
                });
                groups.collect::<BTreeMap<usize, BTreeSet<(&GroupId, Role)>>>()
            };
            let held = groups(&|view, grant| view.is_live(grant));
            let open = groups(&|_, grant| !grant.is_settled());
            let is_frozen = sharers
                .iter()
                .filter_map(|at| views.get(*at))
                .any(|it| it.customer.is_frozen(user));
            for at in &sharers {
                let places = |groups: &BTreeMap<usize, BTreeSet<(&'a GroupId, Role)>>| {
                    let others = groups.iter().filter(|(other, _)| *other != at);
                    let places = others.flat_map(|(_, groups)| groups.iter());
                    places.map(|(group, role)| ((user, *group), *role)).collect::<BTreeSet<_>>()
                };
                let (held, open) = (places(&held), places(&open));
                if let Some(view) = views.get_mut(*at) {
                    if is_frozen && view.frozen.insert(user) {
                        view.find_ends();
                    }
                    // In their order, the highest role of a place comes last.
                    view.shared.extend(held);
                    view.answered.extend(open.into_iter().map(|(place, _)| place));
                }
            }
        }
    }

    /// Spreads the worst standing, and that one could not be looked at, over all who are connected, also through a third.
    fn share_doubts(views: &mut [Self], sharers: &BTreeMap<&UserId, BTreeSet<usize>>) {
        let mut is_open = true;
        while is_open {
            is_open = false;
            for sharers in sharers.values() {
                let met = || sharers.iter().filter_map(|at| views.get(*at));
                let worst = met().map(|it| it.standing).max().unwrap_or(Standing::Free);
                let is_apart = met().any(|it| it.is_apart || !it.is_read());
                for at in sharers {
                    let is_same = |it: &Self| it.standing == worst && it.is_apart == is_apart;
                    if let Some(view) = views.get_mut(*at).filter(|it| !is_same(it)) {
                        (view.standing, view.is_apart) = (worst, is_apart);
                        view.find_ends();
                        is_open = true;
                    }
                }
            }
        }
    }

    /// Whether the user's place in the group is also that of a further customer.
    pub(crate) fn is_place_shared(&self, user: &UserId, group: &GroupId) -> bool {
        self.shared.contains_key(&(user, group))
    }

    /// The role that counts in the group: the highest of the live grants of all who are the same person.
    pub(crate) fn role_in(&self, group: &GroupId) -> Option<Role> {
        let own = self.customer.role_in(group, |it| self.is_live(it));
        own.max(self.shared_role_in(group))
    }

    /// The highest role that live grants of further customers ask for in the group.
    pub(crate) fn shared_role_in(&self, group: &GroupId) -> Option<Role> {
        let shared = self.shared.iter().filter(|((_, at), _)| *at == group);
        shared.map(|(_, role)| *role).max()
    }

    /// Whether the user's seat is also that of a further customer.
    pub(crate) fn is_seat_shared(&self, user: &UserId) -> bool {
        self.shared.keys().any(|(shared, _)| *shared == user)
    }

    /// Whether a grant of a further customer answers for the user's place in the group.
    pub(crate) fn is_place_answered(&self, user: &UserId, group: &GroupId) -> bool {
        self.answered.contains(&(user, group))
    }

    /// Whether a grant of a further customer answers for the user's seat.
    pub(crate) fn is_seat_answered(&self, user: &UserId) -> bool {
        self.answered.iter().any(|(answered, _)| *answered == user)
    }
}
