//! Holds events against their schemas.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use lanyard_local::Event;
use lanyard_local::schemas::event_schemas;
use serde_json::{Value, json};

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::new);

struct Contract {
    schemas: Schemas,
    /// By detail-type: the schema of the whole event, and that of the detail.
    indexes: BTreeMap<&'static str, (SchemaIndex, SchemaIndex)>,
}

impl Contract {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V4);
        compiler.enable_format_assertions();
        let mut indexes = BTreeMap::new();
        for event in event_schemas() {
            let url = format!("https://lanyard.example/{}", event.file_name());
            compiler.add_resource(&url, event.schema.clone()).expect("it has an address");
            let mut compile = |at: &str| {
                compiler.compile(at, &mut schemas).unwrap_or_else(|error| panic!("{error:#}"))
            };
            let detail = compile(&format!("{url}#/properties/detail"));
            indexes.insert(event.detail_type, (compile(&url), detail));
        }
        Self { schemas, indexes }
    }

    fn check(&self, value: &Value, index: SchemaIndex) -> Result<(), String> {
        self.schemas.validate(value, index).map_err(|error| format!("{error:#}: {value}"))
    }
}

/// Whether a whole event is what the schema of its detail-type says.
///
/// # Errors
/// What of it is not.
pub fn event(event: &Value) -> Result<(), String> {
    let kind = event["detail-type"].as_str().unwrap_or_default();
    let (whole, _) = CONTRACT.indexes.get(kind).ok_or_else(|| format!("no schema for {kind}"))?;
    CONTRACT.check(event, *whole)
}

/// Whether a detail is what the schema of this detail-type says.
///
/// # Errors
/// What of it is not.
pub fn detail(kind: &str, detail: &Value) -> Result<(), String> {
    let (_, index) = CONTRACT.indexes.get(kind).ok_or_else(|| format!("no schema for {kind}"))?;
    CONTRACT.check(detail, *index)
}

/// An event that Lanyard emitted, as EventBridge delivers it.
#[must_use]
pub fn delivered(event: &Event) -> Value {
    json!({
        "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": event.detail_type, "source": event.source, "account": "123456789012",
        "time": "2027-01-04T09:00:00Z", "region": "eu-central-1", "resources": [],
        "detail": event.detail,
    })
}
