//! What a line of metrics holds.

use std::collections::BTreeMap;
use std::time::Duration;

use runtime::{Clock, Invocation, Metric, Metrics, Random};
use serde_json::{Value, json};

use crate::logs::Memory;

#[test]
fn a_line_defines_the_metrics_that_it_has_and_no_others() {
    let line = recorded(&BTreeMap::from([
        (Metric::SalesforceAllowanceUsed, 81),
        (Metric::OldestOverdueMinutes, 12),
        (Metric::Ended, 3),
    ]));

    // CloudWatch takes milliseconds since 1970.
    let expected = r#"{"_aws":{"Timestamp":1798966800125,"CloudWatchMetrics":[{"Namespace":"Lanyard","Dimensions":[["Ledger","Function"]],"Metrics":[{"Name":"Ended","Unit":"Count"},{"Name":"OldestOverdueMinutes","Unit":"None"},{"Name":"SalesforceAllowanceUsed","Unit":"Percent"}]}]},"Ledger":"ledger","Function":"sweep","requestId":"r-1","Ended":3,"OldestOverdueMinutes":12,"SalesforceAllowanceUsed":81}"#;
    assert_eq!(line, expected);
}

#[test]
fn a_line_is_no_log_line() {
    let line: Value = serde_json::from_str(&recorded(&BTreeMap::new())).unwrap();
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"], json!([]));
    for field in ["level", "message", "timestamp"] {
        assert_eq!(line.get(field), None, "{field}");
    }
}

fn recorded(values: &BTreeMap<Metric, u64>) -> String {
    let writer = Memory::default();
    let now = "2027-01-03T09:00:00.125Z".parse().expect("an instant");
    let metrics = Metrics::new(writer.clone(), Clock::from_fn(move || now), "ledger");
    let invocation = Invocation::new("r-1", now, Duration::ZERO, Random::from_fn(|| 1));
    metrics.record("sweep", &invocation, values);
    let [line] = <[String; 1]>::try_from(writer.lines()).expect("one line");
    line
}
