//! Customers who are the same person under several addresses: what counts together is looked at and carried through together.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Observed, UserId};

/// Sorts customers into parties. Whoever shares a user with another is in one party with them, whether the ledger names the user or
/// Salesforce shows them.
pub(crate) fn parties<T>(all: Vec<T>, of: impl Fn(&T) -> (&Customer, &Observed)) -> Vec<Vec<T>> {
    let users = |it: &T| {
        let (customer, read) = of(it);
        read.users.keys().chain(&customer.users).cloned().collect::<BTreeSet<UserId>>()
    };
    let mut parties: Vec<Vec<T>> = Vec::new();
    let mut party_of: BTreeMap<UserId, usize> = BTreeMap::new();
    for it in all {
        let met: BTreeSet<usize> =
            users(&it).iter().filter_map(|user| party_of.get(user).copied()).collect();
        let mut party = Vec::new();
        for met in met {
            party.append(parties.get_mut(met).unwrap_or(&mut Vec::new()));
        }
        party.push(it);
        let all = party.iter().flat_map(&users);
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
        let mut looked: Vec<Looked> =
            people.into_iter().map(|(name, users)| looked(name, users)).collect();
        // Of one who could not be looked at the ledger says who it is.
        looked[5].customer.users = looked[4].observed.users.keys().cloned().collect();
        let text: Vec<String> = parties(looked, |it| (&it.customer, &it.observed))
            .into_iter()
            .map(|party| {
                party
                    .iter()
                    .map(|it| it.customer.email.as_str().split('@').next().unwrap())
                    .collect()
            })
            .collect();
        assert_eq!(text, ["c", "abd", "ef"]);
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
