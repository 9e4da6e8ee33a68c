//! Who asks.

use access::Source;
use serde_json::Value;

use crate::envelope::Envelope;
use crate::invocation::Invocation;

/// Who asks, as the platform says it, and how the evidence names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who that is, for rules.
    pub source: Source,
    /// The same in the evidence, with what leads to the message or the request.
    pub actor: String,
}

impl Caller {
    /// Whoever put an event on the bus.
    #[must_use]
    pub fn of_event(envelope: &Envelope) -> Self {
        let Envelope { source, id, .. } = envelope;
        Self { source: Source::of_event(source), actor: format!("event {source} {id}") }
    }

    /// Whoever signed a request of the HTTP API. Only the API's own door may be asked: anywhere else the payload is the caller's word.
    #[must_use]
    pub fn of_http(payload: &Value) -> Self {
        let arn = payload.pointer("/requestContext/authorizer/iam/userArn");
        let arn = arn.and_then(Value::as_str).unwrap_or_default();
        let source = Source::of_principal(arn);
        let actor = if source == Source::Unknown { "unknown caller" } else { arn };
        Self { source, actor: actor.to_owned() }
    }

    /// Whoever invokes the function directly. Lambda does not tell a function who that is: of an identity it knows Cognito's only, and
    /// a client context is the caller's own word. The request's id leads to the principal in `CloudTrail`, where that keeps invocations.
    #[must_use]
    pub fn operator(invocation: &Invocation) -> Self {
        let actor =
            format!("operator whom the platform does not name, request {}", invocation.request_id);
        Self { source: Source::Operator, actor }
    }
}

#[cfg(test)]
mod tests {
    use access::Source;
    use serde_json::json;

    use super::Caller;

    #[test]
    fn the_api_says_who_signed_and_nobody_is_made_up_where_it_does_not() {
        let arn = "arn:aws:sts::123456789012:assumed-role/portal/kim";
        let signed = json!({ "requestContext": { "authorizer": { "iam": { "userArn": arn } } } });
        let caller = Caller::of_http(&signed);
        assert_eq!(caller.source, Source::of_principal(arn));
        assert_eq!(caller.actor, arn);
        for unsigned in [
            json!({}),
            json!({ "requestContext": { "authorizer": { "iam": { "userArn": "" } } } }),
            json!({ "requestContext": { "authorizer": { "iam": { "userArn": 7 } } } }),
        ] {
            let caller = Caller::of_http(&unsigned);
            assert_eq!((caller.source, &*caller.actor), (Source::Unknown, "unknown caller"));
        }
    }
}
