//! By which door a payload came, as the platform says it, and whether it is of a shape that this door takes.

use std::fmt;

use serde_json::Value;

use crate::failure::FunctionError;

/// The ways in which a function is invoked. Each is an alias of the function, and the permissions on the alias say who may come
/// that way: what the payload says of itself opens no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The alias `api`: the HTTP API, which says by whom a request was signed.
    Api,
    /// The alias `queue`: the function's queue, which holds events.
    Queue,
    /// The alias `schedule`: the clock.
    Schedule,
    /// The alias `operator`, and whatever is none of the others: people and systems that invoke the function directly.
    Operator,
}

impl Door {
    /// The door of an invoked ARN, `arn:aws:lambda:<region>:<account>:function:<name>[:<alias>]`.
    #[must_use]
    pub fn of(function_arn: &str) -> Self {
        match function_arn.split(':').nth(7) {
            Some("api") => Self::Api,
            Some("queue") => Self::Queue,
            Some("schedule") => Self::Schedule,
            Some(_) | None => Self::Operator,
        }
    }

    /// The name of the alias.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Queue => "queue",
            Self::Schedule => "schedule",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a door takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A request of the HTTP API, payload format 2.0.
    Http,
    /// A batch of SQS messages, each of them an event.
    Batch,
    /// `{}`.
    Nothing,
    /// The request as the payload itself.
    Request,
    /// The same, or an event as somebody writes it by hand.
    RequestOrEvent,
}

impl Shape {
    /// Whether a payload has the shape. A request may be anything that is in no wrapping: its function reads it.
    fn fits(self, payload: &Value) -> bool {
        let has = |field| payload.get(field).is_some();
        let is_wrapped = has("Records") || has("requestContext");
        match self {
            Self::Http => payload.pointer("/requestContext/http").is_some_and(Value::is_object),
            Self::Batch => payload.get("Records").is_some_and(Value::is_array),
            Self::Nothing => payload.as_object().is_some_and(serde_json::Map::is_empty),
            Self::Request => !is_wrapped && !has("detail-type"),
            Self::RequestOrEvent => !is_wrapped,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Http => "an HTTP request in the payload format 2.0",
            Self::Batch => "a batch of SQS messages",
            Self::Nothing => "{}",
            Self::Request => {
                "the request itself, without an event, a batch or an HTTP request around it"
            }
            Self::RequestOrEvent => {
                "the request itself or an event, without a batch or an HTTP request around it"
            }
        }
    }
}

/// The doors of a function.
#[derive(Clone, Copy, Debug)]
pub struct Doors {
    /// The function's name.
    pub function: &'static str,
    /// Its doors, and what each takes.
    pub doors: &'static [(Door, Shape)],
}

/// Why a payload is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    /// The function has no such door.
    #[error("{function} has no door {door}: invoke it by the alias operator")]
    NoDoor { function: &'static str, door: Door },
    /// The payload is not what the door takes.
    #[error("the door {door} of {function} takes {}", shape.text())]
    WrongShape { function: &'static str, door: Door, shape: Shape },
}

impl Doors {
    /// The door by which a payload came, if the function has it and it takes such a payload.
    ///
    /// # Errors
    /// [`FunctionError`] `INVALID_REQUEST`, which names the door and what it takes.
    pub fn admit(&self, door: Door, payload: &Value) -> Result<Door, FunctionError> {
        let function = self.function;
        let known = self.doors.iter().find(|(known, _)| *known == door);
        let refused = match known {
            None => Refused::NoDoor { function, door },
            Some((_, shape)) if shape.fits(payload) => return Ok(door),
            Some((_, shape)) => Refused::WrongShape { function, door, shape: *shape },
        };
        Err(FunctionError::new("INVALID_REQUEST", refused.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Door, Doors, Shape};

    const ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:lanyard-invite";

    #[test]
    fn a_door_is_the_alias_that_was_invoked_and_whatever_is_none_is_the_operators() {
        for (qualifier, expected) in [
            (":api", Door::Api),
            (":queue", Door::Queue),
            (":schedule", Door::Schedule),
            (":operator", Door::Operator),
            ("", Door::Operator),
            (":$LATEST", Door::Operator),
            (":7", Door::Operator),
            (":Queue", Door::Operator),
            (":", Door::Operator),
        ] {
            assert_eq!(Door::of(&format!("{ARN}{qualifier}")), expected, "{qualifier}");
        }
        for other in ["", "queue", "lanyard-invite:queue"] {
            assert_eq!(Door::of(other), Door::Operator, "{other}");
        }
    }

    #[test]
    fn a_payload_of_the_wrong_shape_is_refused_by_a_text_that_names_the_door_and_what_it_takes() {
        const DOORS: Doors = Doors {
            function: "invite",
            doors: &[
                (Door::Api, Shape::Http),
                (Door::Queue, Shape::Batch),
                (Door::Operator, Shape::Request),
            ],
        };
        let http = json!({ "requestContext": { "http": { "method": "POST" } }, "body": "{}" });
        let batch = json!({ "Records": [] });
        let event = json!({ "detail-type": "Project Closed", "source": "corp", "detail": {} });
        let request = json!({ "customers": "ana@acme.example" });
        for (alias, payload, expected) in [
            ("api", &http, Ok(Door::Api)),
            ("queue", &batch, Ok(Door::Queue)),
            ("operator", &request, Ok(Door::Operator)),
            ("operator", &json!([]), Ok(Door::Operator)),
            (
                "api",
                &batch,
                Err("the door api of invite takes an HTTP request in the payload format 2.0"),
            ),
            ("queue", &http, Err("the door queue of invite takes a batch of SQS messages")),
            ("queue", &event, Err("the door queue of invite takes a batch of SQS messages")),
            ("queue", &Value::Null, Err("the door queue of invite takes a batch of SQS messages")),
            ("operator", &http, Err(OPERATOR)),
            ("operator", &batch, Err(OPERATOR)),
            ("operator", &event, Err(OPERATOR)),
            (
                "schedule",
                &json!({}),
                Err("invite has no door schedule: invoke it by the alias operator"),
            ),
        ] {
            let admitted = DOORS.admit(by(alias), payload).map_err(|error| error.message);
            assert_eq!(admitted, expected.map_err(str::to_owned), "{alias} {payload}");
        }
        let error = DOORS.admit(Door::Queue, &http).expect_err("it is refused");
        assert_eq!(error.error_type, "INVALID_REQUEST");
    }

    #[test]
    fn the_clock_says_nothing_and_an_event_by_hand_is_taken_only_where_it_may_be() {
        const DOORS: Doors = Doors {
            function: "sweep",
            doors: &[(Door::Schedule, Shape::Nothing), (Door::Operator, Shape::RequestOrEvent)],
        };
        let admitted = |alias, payload: Value| DOORS.admit(by(alias), &payload).is_ok();
        assert!(admitted("schedule", json!({})));
        assert!(!admitted("schedule", json!({ "dryRun": true })));
        assert!(!admitted("schedule", json!([])));
        assert!(admitted("operator", json!({ "detail-type": "Project Closed" })));
        assert!(!admitted("operator", json!({ "detail-type": "Project Closed", "Records": [] })));
    }

    const OPERATOR: &str = "the door operator of invite takes the request itself, without an event, a batch or an HTTP request around it";

    fn by(alias: &str) -> Door {
        Door::of(&format!("{ARN}:{alias}"))
    }
}
