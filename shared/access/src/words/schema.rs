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

/// An org's alias as a sender may write it: with white space around it. Which characters that are stands in full in all these patterns,
/// since readers of patterns differ in what they take for white space.
pub const WRITTEN_ORG: &str = r"^[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[a-z0-9][a-z0-9-]{0,31}[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$";

/// A project's id as a sender may write it: with white space around it, also such as counts as a control character.
pub const WRITTEN_PROJECT: &str = r"^[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]{0,126}[^\s\u0000-\u001f\u007f-\u009f])?[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$";

/// What no text has: control characters, marks of direction, and what is not seen. Those beyond U+FFFF are missing, since not every
/// reader of patterns takes them: the parsers refuse them too.
macro_rules! hidden {
    () => {
        concat!(
            r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e",
            r"\u2060-\u206f\u3164\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
        )
    };
}

/// A name of at most so many characters, with white space around it.
macro_rules! written_name {
    ($between:literal) => {
        concat!(
            r"^[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[^\s",
            hidden!(),
            "]([^",
            hidden!(),
            "]{0,",
            $between,
            r"}[^\s",
            hidden!(),
            r"])?[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"
        )
    };
}

/// The id of a project for which access is asked, as a sender may write it.
pub const WRITTEN_ASKED_PROJECT: &str = written_name!("126");

/// The name of a project as a sender may write it.
pub const WRITTEN_PROJECT_NAME: &str = written_name!("198");

/// The name of a group as a sender may write it.
pub const WRITTEN_GROUP_NAME: &str = written_name!("38");

/// A clean text: joiners and the selector of coloured pictures only after a visible character outside ASCII, or within the picture of a
/// key.
pub const CLEAN_TEXT: &str = concat!(
    "^([^",
    hidden!(),
    r"]|[^\s\u0000-\u007f",
    hidden!(),
    r"](\ufe0f[\u200c\u200d]?|[\u200c\u200d])|[0-9#*]\ufe0f\u20e3\ufe0f?[\u200c\u200d]?)*$"
);

/// An address as a sender may write it: in any case, with white space around it.
pub const WRITTEN_ADDRESS: &str = r"^[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[^\s@]+@[^\s@]+\.[^\s@]+[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$";

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
