//! How the names and addresses look in a JSON Schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::email::Email;
use super::name::{GrantId, GroupId, OrgAlias, ProjectId, Subject, UserId};

macro_rules! text {
    ($name:ident, $($schema:tt)+) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", $($schema)+ })
            }
        }
    };
}

/// An org's alias as a sender may write it: with white space around it.
pub const WRITTEN_ORG: &str = r"^[\s\u0085]*[a-z0-9][a-z0-9-]{0,31}[\s\u0085]*$";

/// A project's id as a sender may write it: with white space around it, also such as counts as a control character.
pub const WRITTEN_PROJECT: &str = r"^[\s\u0085]*[^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]{0,126}[^\s\u0000-\u001f\u007f-\u009f])?[\s\u0085]*$";

/// An address as a sender may write it: in any case, with white space around it.
pub const WRITTEN_ADDRESS: &str = r"^[\s\u0085]*[^\s@]+@[^\s@]+\.[^\s@]+[\s\u0085]*$";

text!(OrgAlias, "pattern": "^[a-z0-9][a-z0-9-]{0,31}$");
text!(
    ProjectId,
    "minLength": 1, "maxLength": 128, "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"
);
text!(UserId, "pattern": "^005[0-9A-Za-z]{15}$");
text!(GroupId, "pattern": "^0F9[0-9A-Za-z]{15}$");
text!(GrantId, "pattern": "^[0-9a-f]{32}$");
text!(Subject, "pattern": "^[0-9a-f]{32}$");
text!(Email, "pattern": r"^[^\s@]+@[^\s@]+$", "maxLength": Email::MAXIMUM_LENGTH);
