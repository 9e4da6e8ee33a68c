//! What comes back from a call.

use hyper::body::Bytes;
use hyper::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// A whole HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// An error in the wire protocol that the AWS services in use share (JSON 1.x).
    #[must_use]
    pub fn aws_error(status: u16, code: &str) -> Self {
        Self::aws(status, &json!({ "__type": code, "message": "as the network was told to say" }))
    }

    /// A cancelled transaction, with the reason of each of its actions.
    #[must_use]
    pub fn transaction_cancelled(reasons: &[&str]) -> Self {
        let of = |code: &&str| match *code {
            "None" => json!({ "Code": "None" }),
            code => json!({ "Code": code, "Message": "as the network was told to say" }),
        };
        let answer = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", reasons.join(", ")),
            "CancellationReasons": reasons.iter().map(of).collect::<Vec<_>>(),
        });
        Self::aws(400, &answer)
    }

    /// An answer of one of the AWS services.
    #[must_use]
    pub fn aws(status: u16, body: &Value) -> Self {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/x-amz-json-1.0");
        headers.insert("content-type", json);
        Self { status, headers, body: body.to_string().into() }
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
