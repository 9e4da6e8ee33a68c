//! What a function is told by its environment.

use std::path::PathBuf;

use access::{InvalidPolicy, Policy};

use crate::trust::{InvalidTrust, Trust};

/// A function's configuration, complete and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// `LEDGER_TABLE`: the name of the DynamoDB table.
    pub ledger_table: String,
    /// `EVENT_BUS`: the name of the EventBridge bus to emit to.
    pub event_bus: String,
    /// `SALESFORCE_SECRET_PREFIX`: what stands before the org alias in the name of its secret.
    pub secret_prefix: String,
    /// `TRUSTED_SOURCES`, `TRUSTED_ACCOUNTS`: whose events are believed.
    pub trust: Trust,
    /// `POLICY`: the company's limits.
    pub policy: Policy,
    /// `EXTRA_CA_BUNDLE`: a PEM file of further roots.
    pub extra_roots: Option<PathBuf>,
}

/// Why a function cannot start; names the variable and what to set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// A variable is absent or empty.
    #[error("{variable} is not set: give it {meaning}")]
    Missing {
        /// The variable.
        variable: &'static str,
        /// What it is for.
        meaning: &'static str,
    },
    /// A list of whom to trust is none.
    #[error("{variable} {problem}")]
    Trust {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        problem: InvalidTrust,
    },
    /// The policy is not one.
    #[error("POLICY cannot be used")]
    Policy(#[source] InvalidPolicy),
}

impl Configuration {
    /// Reads the variables through `lookup`. An empty variable counts as absent.
    ///
    /// # Errors
    /// [`ConfigurationError`] names the variable, and for `POLICY` the field.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigurationError> {
        let optional = |variable: &str| lookup(variable).filter(|value| !value.trim().is_empty());
        let required = |variable, meaning| {
            optional(variable).ok_or(ConfigurationError::Missing { variable, meaning })
        };
        let untrustable = |variable| move |problem| ConfigurationError::Trust { variable, problem };
        let accounts = optional("TRUSTED_ACCOUNTS").unwrap_or_default();
        let trust = match optional("TRUSTED_SOURCES") {
            Some(sources) => Trust::in_sources(&sources).map_err(untrustable("TRUSTED_SOURCES"))?,
            None => Trust::in_nobody(),
        };
        let trust = trust.and_accounts(&accounts).map_err(untrustable("TRUSTED_ACCOUNTS"))?;
        Ok(Self {
            trust,
            ledger_table: required("LEDGER_TABLE", "the name of the DynamoDB table")?,
            event_bus: required("EVENT_BUS", "the name of the EventBridge bus to emit to")?,
            secret_prefix: required(
                "SALESFORCE_SECRET_PREFIX",
                "what stands before the org alias in the name of its secret, such as lanyard/salesforce/",
            )?,
            policy: match optional("POLICY") {
                Some(text) => Policy::from_json(&text).map_err(ConfigurationError::Policy)?,
                None => Policy::default(),
            },
            extra_roots: optional("EXTRA_CA_BUNDLE").map(PathBuf::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Configuration, ConfigurationError};
    use crate::chain;
    use crate::trust::Trust;

    #[test]
    fn what_is_optional_may_be_absent() {
        let configuration = read(&complete()).unwrap();
        assert_eq!(configuration.ledger_table, "ledger");
        assert_eq!(configuration.policy, access::Policy::default());
        assert_eq!(configuration.extra_roots, None);
        let mut variables = complete();
        variables.remove("TRUSTED_SOURCES");
        assert_eq!(read(&variables).unwrap().trust, Trust::in_nobody());
    }

    #[test]
    fn an_absent_or_empty_variable_is_named_with_what_to_set() {
        for variable in ["LEDGER_TABLE", "EVENT_BUS", "SALESFORCE_SECRET_PREFIX"] {
            for value in [None, Some(" ")] {
                let mut variables = complete();
                variables.remove(variable);
                variables.extend(value.map(|value| (variable, value)));
                let error = read(&variables).unwrap_err().to_string();
                assert!(error.starts_with(&format!("{variable} is not set: give it ")), "{error}");
            }
        }
    }

    #[test]
    fn a_wrong_policy_is_named_by_its_field() {
        let mut variables = complete();
        variables.insert("POLICY", r#"{"maximumDays": 0}"#);
        let error = read(&variables).unwrap_err();
        assert_eq!(
            chain(&error),
            "POLICY cannot be used: POLICY field maximumDays must be a whole number from 1 to 36500"
        );
    }

    #[test]
    fn a_list_of_whom_to_trust_that_is_none_is_named_by_its_variable() {
        for (variable, value, expected) in [
            ("TRUSTED_SOURCES", "corp,lanyard", "TRUSTED_SOURCES names lanyard, which only"),
            ("TRUSTED_SOURCES", ",", "TRUSTED_SOURCES names no source: give the sources"),
            ("TRUSTED_ACCOUNTS", "12", "TRUSTED_ACCOUNTS names what is no account: give"),
        ] {
            let mut variables = complete();
            variables.insert(variable, value);
            let error = read(&variables).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    fn complete() -> BTreeMap<&'static str, &'static str> {
        BTreeMap::from([
            ("LEDGER_TABLE", "ledger"),
            ("EVENT_BUS", "bus"),
            ("SALESFORCE_SECRET_PREFIX", "lanyard/salesforce/"),
            ("TRUSTED_SOURCES", "corp.projects"),
            ("POLICY", ""),
        ])
    }

    fn read(variables: &BTreeMap<&str, &str>) -> Result<Configuration, ConfigurationError> {
        Configuration::from_environment(|name| variables.get(name).map(|it| (*it).to_owned()))
    }
}
