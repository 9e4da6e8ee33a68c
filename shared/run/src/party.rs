//! Customers who are the same person under several addresses: what counts together is looked at and carried through together.

use std::collections::{BTreeMap, BTreeSet};

use access::{Observed, UserId};

/// Sorts customers into parties. Whoever shares a user with another is in one party with them.
pub(crate) fn parties<T>(all: Vec<T>, read: impl Fn(&T) -> &Observed) -> Vec<Vec<T>> {
    let mut parties: Vec<Vec<T>> = Vec::new();
    let mut party_of: BTreeMap<UserId, usize> = BTreeMap::new();
    for it in all {
        let users: BTreeSet<UserId> = read(&it).users.keys().cloned().collect();
        let met: BTreeSet<usize> =
            users.iter().filter_map(|user| party_of.get(user).copied()).collect();
        let mut party = Vec::new();
        for met in met {
            party.append(parties.get_mut(met).unwrap_or(&mut Vec::new()));
        }
        party.push(it);
        let all = party.iter().flat_map(|it| read(it).users.keys().cloned());
        party_of.extend(all.map(|user| (user, parties.len())));
        parties.push(party);
    }
    parties.retain(|party| !party.is_empty());
    parties
}

#[cfg(test)]
mod tests {
    use access::{Customer, Email, Licence, Looked, Observed, OrgAlias, User, UserId};

    use super::parties;

    #[test]
    fn whoever_shares_a_user_also_through_a_third_is_in_one_party() {
        let people = [("a", "1"), ("b", "2"), ("c", "3"), ("d", "12"), ("e", "4"), ("f", "")];
        let looked = people.map(|(name, users)| looked(name, users)).into();
        let text: Vec<String> = parties(looked, |it| &it.observed)
            .into_iter()
            .map(|party| {
                party
                    .iter()
                    .map(|it| it.customer.email.as_str().split('@').next().unwrap())
                    .collect()
            })
            .collect();
        assert_eq!(text, ["c", "abd", "e", "f"]);
    }

    fn looked(name: &str, users: &str) -> Looked {
        let email = Email::parse(&format!("{name}@acme.example")).unwrap();
        let customer = Customer::new(OrgAlias::default(), email);
        let user = |number: char| {
            let id = UserId::parse(&format!("005{number:0>15}")).unwrap();
            let (licence, is_stock, is_active) = (Licence::Customer, false, true);
            (id, User { email: None, licence, is_stock, is_active })
        };
        let users = users.chars().map(user).collect();
        let observed = Observed { users, ..Observed::default() };
        Looked::new(customer, observed, jiff::Timestamp::UNIX_EPOCH)
    }
}
