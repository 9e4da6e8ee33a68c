//! What comes back from a call.

use hyper::body::Bytes;
use hyper::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// A whole HTTP answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// An error in the wire protocol that the AWS services in use share (JSON 1.x).
    pub(crate) fn aws_error(status: u16, code: &str) -> Self {
        Self::aws(status, &json!({ "__type": code, "message": "as the network was told to say" }))
    }

    /// A cancelled transaction, with the reason of each of its actions.
    pub(crate) fn transaction_cancelled(reasons: &[&str]) -> Self {
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
    pub(crate) fn aws(status: u16, body: &Value) -> Self {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/x-amz-json-1.0");
        headers.insert("content-type", json);
        Self { status, headers, body: body.to_string().into() }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
