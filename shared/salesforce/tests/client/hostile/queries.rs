//! Whatever a text holds, the org reads that very text in the place where it belongs, and the query around it is no other.

use std::collections::BTreeMap;
use std::time::Duration;

use hostile::{address, cases, text};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use salesforce::collaboration_group::{self, NewGroup};
use salesforce::{
    Client, Id, collaboration_group_member as member, collaboration_invitation as invitation, user,
};
use salesforce_simulator::{QueryView, Simulator};

use crate::simulated::start;

/// The longest name of a group, and the longest address.
const NAME: usize = 40;
const ADDRESS: usize = 80;

#[test]
fn a_hostile_name_is_read_back_as_it_is_and_finds_its_group_alone() {
    let org = Org::start();
    org.block_on(org.create("Innocent"));
    let names = text().prop_map(|it| it.chars().take(NAME).collect::<String>());
    let outcome = TestRunner::new(cases(250)).run(&names, |name| {
        let read = org.block_on(org.read_back(collaboration_group::by_names(&[&name])))?;
        let plain = org.block_on(org.read_back(collaboration_group::by_names(&["x"])))?;
        prop_assert_eq!(&read[0].texts, std::slice::from_ref(&name));
        prop_assert_eq!(&read[0].structure, &plain[0].structure);
        // White space around a name is not kept, and never sent.
        org.block_on(org.finds_alone(name.trim()))
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_hostile_part_of_a_name_is_found_as_it_is() {
    let org = Org::start();
    org.block_on(org.create("Innocent"));
    let names = text().prop_map(|it| it.chars().take(NAME).collect::<String>());
    let outcome = TestRunner::new(cases(150))
        .run(&names, |name| org.block_on(org.finds_by_parts(name.trim())));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn hostile_addresses_are_read_back_as_they_are_each_once() {
    let org = Org::start();
    let one = prop_oneof![text(), address()].prop_map(|it| it.chars().take(ADDRESS).collect());
    let many = prop::collection::vec(one, 1..30);
    let outcome = TestRunner::new(cases(200)).run(&many, |addresses: Vec<String>| {
        let of = |addresses: &[String]| {
            org.block_on(async {
                let mut read = org.read_back(user::by_addresses_or_ids(addresses, &[])).await?;
                read.extend(org.read_back(member::by_addresses_or_members(addresses, &[])).await?);
                read.extend(org.read_back(invitation::by_addresses(addresses)).await?);
                Ok::<_, TestCaseError>(read)
            })
        };
        // The last of those that differ in case alone.
        let distinct: BTreeMap<String, &String> =
            addresses.iter().map(|it| (it.to_lowercase(), it)).collect();
        let read = of(&addresses)?;
        let texts: Vec<&String> = read.iter().flat_map(|it| &it.texts).collect();
        let expected: Vec<&String> = (0..3).flat_map(|_| distinct.values().copied()).collect();
        prop_assert_eq!(texts, expected);
        for QueryView { structure, texts } in &read {
            let plain: Vec<String> =
                (0..texts.len()).map(|it| format!("c{it}@x.example")).collect();
            let plain = of(&plain)?;
            prop_assert!(plain.iter().any(|it| it.structure == *structure), "{structure}");
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn any_text_at_all_is_read_as_a_query_or_refused() {
    let words = prop::sample::select(vec![
        "SELECT",
        "Id",
        "FROM",
        "User",
        "WHERE",
        "Name",
        "=",
        "IN",
        "LIKE",
        "NOT",
        "AND",
        "OR",
        "(",
        ")",
        "'",
        "'a'",
        ",",
        "\\",
        "ORDER",
        "BY",
        "LIMIT",
        "OFFSET",
        "99999999999999999999",
        "null",
        "1e400",
        "2026-11-23T09:00:00Z",
        "!=",
        "<",
    ]);
    let word = prop_oneof![5 => words.prop_map(str::to_owned), 1 => text()];
    let query = prop::collection::vec(word, 0..16).prop_map(|words| words.join(" "));
    let begun = query.prop_map(|rest| format!("SELECT Id FROM User WHERE {rest}"));
    let any = prop_oneof![begun.clone(), begun, text()];
    let outcome = TestRunner::new(cases(2_000)).run(&any, |soql| {
        if let Err(refusal) = QueryView::of(&soql) {
            let code = refusal.code.as_str();
            prop_assert!(
                ["MALFORMED_QUERY", "NUMBER_OUTSIDE_VALID_RANGE"].contains(&code),
                "{code}"
            );
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// An org, a client of it, and what drives both.
struct Org {
    event_loop: tokio::runtime::Runtime,
    simulator: Simulator,
    client: Client,
}

impl Org {
    fn start() -> Self {
        let event_loop = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("an event loop");
        let (simulator, client) = event_loop.block_on(start(|_| ()));
        simulator.org().set_api_limit(usize::MAX);
        Self { event_loop, simulator, client }
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.event_loop.block_on(future)
    }

    /// Asks over HTTP, and gives the queries as the org read them.
    async fn read_back<T: serde::de::DeserializeOwned>(
        &self,
        query: salesforce::Query<T>,
    ) -> Result<Vec<QueryView>, TestCaseError> {
        let org = self.simulator.org();
        org.clear_log();
        let answer = tokio::time::timeout(Duration::from_secs(10), self.client.query(query)).await;
        let answer = answer.map_err(|_| TestCaseError::fail("no answer"))?;
        prop_assert!(answer.is_ok(), "{:?}: {:?}", answer.err(), org.calls());
        let calls = org.calls();
        let soql = calls.iter().flat_map(|call| {
            call.soql.iter().chain(call.subrequests.iter().filter_map(|it| it.soql.as_ref()))
        });
        let read =
            soql.map(|soql| QueryView::of(soql).map_err(|it| TestCaseError::fail(it.message)));
        let read: Vec<QueryView> = read.collect::<Result<_, _>>()?;
        prop_assert!(!read.is_empty());
        Ok(read)
    }

    /// Finds the group by its name as a part of a name, wild cards and all.
    async fn finds_by_parts(&self, name: &str) -> Result<(), TestCaseError> {
        let is_made = self.create(name).await.is_some();
        let parts: Vec<&str> = name.split_inclusive(' ').collect();
        let found = self.client.query(collaboration_group::by_parts_of_name(&parts)).await;
        let found = found.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let has_parts =
            |group: &str| group.to_ascii_lowercase().contains(&name.to_ascii_lowercase());
        prop_assert!(parts.len() > 1 || found.iter().all(|it| has_parts(&it.name)), "{found:?}");
        prop_assert!(!is_made || found.iter().any(|it| it.name == name), "{found:?}");
        Ok(())
    }

    async fn create(&self, name: &str) -> Option<Id> {
        let new = NewGroup { name, ..NewGroup::default() };
        self.client.create_private_group(&new).await.ok()
    }

    /// Creates a group of this name, where a group can have it, and finds it by it.
    async fn finds_alone(&self, name: &str) -> Result<(), TestCaseError> {
        let created = self.create(name).await;
        let found = self.client.query(collaboration_group::by_names(&[name])).await;
        let found = found.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(found.iter().all(|it| it.name.eq_ignore_ascii_case(name)), "{found:?}");
        prop_assert!(found.len() <= 1);
        if let Some(id) = created {
            prop_assert_eq!(&found[0].id, &id);
            prop_assert_eq!(&found[0].name, name);
        }
        Ok(())
    }
}
