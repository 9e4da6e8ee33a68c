//! Writes `infra/schemas`, and the event schemas in `infra/template.yaml`, anew from the Rust types.

use std::error::Error;
use std::fs;
use std::path::Path;

use lanyard_local::schemas;

fn main() -> Result<(), Box<dyn Error>> {
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let directory = infra.join("schemas");
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "json") {
            fs::remove_file(path)?;
        }
    }
    let events = schemas::event_schemas();
    for event in &events {
        fs::write(directory.join(event.file_name()), event.text())?;
    }
    let path = infra.join("template.yaml");
    let template = fs::read_to_string(&path)?;
    let template = schemas::with_section(&template, &schemas::section(&events))
        .ok_or("infra/template.yaml has no lines that mark the event schemas")?;
    Ok(fs::write(path, template)?)
}
