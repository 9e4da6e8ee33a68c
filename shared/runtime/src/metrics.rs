//! Numbers for alarms and dashboards: CloudWatch's embedded metric format, one JSON line for each unit of work.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::clock::Clock;
use crate::invocation::Invocation;

/// The namespace of every metric.
const NAMESPACE: &str = "Lanyard";

/// What a line is added up by: everything that works on one ledger, and each function of it by itself.
const DIMENSIONS: [&[&str]; 2] = [&["Ledger"], &["Ledger", "Function"]];

/// Everything that is measured. The name of a variant is the name of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Metric {
    /// Grants ended in this run.
    Ended,
    /// Endings of this run that were read back as gone.
    Proven,
    /// Endings that Salesforce refuses.
    Stuck,
    /// Endings that the brake holds.
    Held,
    /// Endings after which somebody gave access back by hand.
    Drifted,
    /// Grants of which nobody can tell whether the customer is gone, because one of others in the group may be the customer.
    Undecided,
    /// Users and invitations of the orgs counted for which no grant answers.
    Ungoverned,
    /// Orgs counted of which not all could be seen, so that nobody there is proven to be gone.
    NotSeen,
    /// What was found wrong with the orgs counted, and was not before.
    NewFindings,
    /// Grants left for a continuation.
    Deferred,
    /// Grants with a failure that is not stuck, and failures of the run as a whole: what a repetition may mend.
    Undone,
    /// The age of the oldest access that should have ended and has not, in minutes.
    OldestOverdueMinutes,
    /// For how many minutes of the day before the run seats and memberships were still there that should have been over, in sum.
    LingeringSeatMinutes,
    /// 1 when a run over every org has looked at all that was due, in the ledger and in Salesforce, else 0.
    CompletedSweeps,
    /// Mails that invited somebody.
    Invited,
    /// Customers refused, one by one or with their whole request.
    Refused,
    /// 1 when a request failed for a cause that may pass, else 0.
    Unavailable,
    /// Requests, project events and withdrawals that a rule of the policy does not allow, as a whole or for some customer.
    NotAllowed,
    /// Messages that a queue has handed over and that are not believed.
    UntrustedEvents,
    /// HTTP requests sent to Salesforce.
    SalesforceCalls,
    /// The share of an org's daily requests that is used, whoever used them, in percent.
    SalesforceAllowanceUsed,
    /// 1 when Salesforce refused the sign-in with the secret as it is now, else 0.
    SignInRefused,
    /// 1 when something else lasts in the org, in AWS or in the secret until a person mends it, else 0.
    OrgNotReady,
}

/// Where metrics go. Clones write to the same place.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    writer: Mutex<Box<dyn Write + Send>>,
    clock: Clock,
    ledger: String,
}

impl Metrics {
    /// Metrics of what works on the table `ledger`, written to `writer`, one call for each line.
    ///
    /// Standard output has one lock for the whole process and keeps it for the length of a call, so that lines of metrics
    /// and lines of the log never mix there.
    #[must_use]
    pub fn new(
        writer: impl Write + Send + 'static,
        clock: Clock,
        ledger: impl Into<String>,
    ) -> Self {
        let writer = Mutex::new(Box::new(writer) as Box<dyn Write + Send>);
        Self(Arc::new(Inner { writer, clock, ledger: ledger.into() }))
    }

    /// Writes what one unit of work of a function came to. What is not in `values` is not known or does not apply.
    pub fn record(&self, function: &str, invocation: &Invocation, values: &BTreeMap<Metric, u64>) {
        let Inner { writer, clock, ledger } = &*self.0;
        let metrics =
            values.keys().map(|metric| Definition { name: *metric, unit: metric.unit() }).collect();
        let directive = Directive { namespace: NAMESPACE, dimensions: DIMENSIONS, metrics };
        let timestamp = clock.now().as_millisecond();
        let line = Line {
            metadata: Metadata { timestamp, directives: [directive] },
            ledger,
            function,
            request_id: &invocation.request_id,
            values,
        };
        let mut text = serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
        // A line that cannot be written has nowhere to be reported.
        let _ = writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes());
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

impl Metric {
    fn unit(self) -> &'static str {
        match self {
            Self::OldestOverdueMinutes | Self::LingeringSeatMinutes => "None",
            Self::SalesforceAllowanceUsed => "Percent",
            Self::Ended
            | Self::Proven
            | Self::Stuck
            | Self::Held
            | Self::Drifted
            | Self::Undecided
            | Self::Ungoverned
            | Self::NotSeen
            | Self::NewFindings
            | Self::Deferred
            | Self::Undone
            | Self::CompletedSweeps
            | Self::Invited
            | Self::Refused
            | Self::Unavailable
            | Self::NotAllowed
            | Self::UntrustedEvents
            | Self::SalesforceCalls
            | Self::SignInRefused
            | Self::OrgNotReady => "Count",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    #[serde(rename = "_aws")]
    metadata: Metadata,
    ledger: &'a str,
    function: &'a str,
    #[serde(rename = "requestId")]
    request_id: &'a str,
    #[serde(flatten)]
    values: &'a BTreeMap<Metric, u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: i64,
    #[serde(rename = "CloudWatchMetrics")]
    directives: [Directive; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 2],
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: Metric,
    unit: &'static str,
}
