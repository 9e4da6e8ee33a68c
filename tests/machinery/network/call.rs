//! One call of a container, as the network sees it.

use std::fmt;

use hyper::HeaderMap;
use serde_json::Value;

use crate::network::Footprint;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The ledger.
    DynamoDb,
    /// The bus.
    EventBridge,
    /// Where the secret of an org is.
    SecretsManager,
    /// Where the key of an org is, if its secret names one.
    Kms,
    /// The org.
    Salesforce,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its place among the calls of its container; the first is 1.
    pub number: usize,
    /// Whom it asks.
    pub service: Service,
    /// What for: AWS's name of the operation, or method and resource.
    pub operation: String,
    /// Its body, if that is JSON.
    pub body: Value,
}

impl Call {
    /// What a request with this target, path and body asks for.
    #[must_use]
    pub fn new(number: usize, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok());
        let (service, operation) = match target.and_then(|it| it.split_once('.')) {
            Some(("AWSEvents", operation)) => (Service::EventBridge, operation.to_owned()),
            Some(("secretsmanager", operation)) => (Service::SecretsManager, operation.to_owned()),
            Some(("TrentService", operation)) => (Service::Kms, operation.to_owned()),
            Some((_, operation)) => (Service::DynamoDb, operation.to_owned()),
            None => (Service::Salesforce, format!("{method} {}", resource(path))),
        };
        let body = serde_json::from_slice(body).unwrap_or_default();
        Self { number, service, operation, body }
    }

    /// Whether it asks for a token.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        self.service == Service::Salesforce && self.operation.ends_with("oauth2/token")
    }

    /// Whether it changes anything.
    #[must_use]
    pub fn writes(&self) -> bool {
        match self.service {
            Service::DynamoDb => {
                ["PutItem", "BatchWriteItem", "TransactWriteItems"].contains(&&*self.operation)
            }
            Service::EventBridge => true,
            Service::SecretsManager | Service::Kms => false,
            Service::Salesforce if self.is_sign_in() => false,
            Service::Salesforce => self.operation != "GET query" && !self.is_composite_of_reads(),
        }
    }

    /// Composite resources are posted, also those that only read.
    fn is_composite_of_reads(&self) -> bool {
        if self.operation.starts_with("GET ") {
            return true;
        }
        let parts = self.body.get("compositeRequest").and_then(Value::as_array);
        parts.is_some_and(|parts| parts.iter().all(|part| part["method"] == "GET"))
    }

    /// What it touches.
    #[must_use]
    pub fn footprint(&self) -> Footprint {
        match self.service {
            Service::DynamoDb => Footprint::of_ledger(&self.operation, &self.body),
            // Events are told apart by their ids, so that their order says nothing; secrets and keys do not change meanwhile.
            Service::EventBridge | Service::SecretsManager | Service::Kms => Footprint::nothing(),
            // Each sign-in opens a session of its own.
            Service::Salesforce if self.is_sign_in() => Footprint::nothing(),
            Service::Salesforce => Footprint::of_org(self.writes()),
        }
    }
}

/// Who, and what for, in a few words.
impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {}", self.service, self.operation)
    }
}

/// What of a path names the resource: without version and ids.
fn resource(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or(path);
    let path = path.strip_prefix("/services/").unwrap_or(path);
    let path = path.strip_prefix("data/").and_then(|it| it.split_once('/')).map_or(path, |it| it.1);
    path.strip_prefix("sobjects/").map_or(path, |it| it.split('/').next().unwrap_or(it))
}
