"""The event schemas: registered as they stand in the files, and a sample of each event from outside holds to its own."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

INFRA = Path(__file__).parent.parent
FILES = sorted((INFRA / "schemas").glob("*.json"))


def read(path):
    return json.loads(path.read_text())


def detail_type(schema):
    """The one detail-type that a schema is about."""
    name, = schema["properties"]["detail-type"]["enum"]
    return name


@pytest.mark.parametrize("path", FILES, ids=lambda it: it.stem)
def test_a_file_is_a_schema_of_the_event_that_it_is_named_for(path):
    schema = read(path)
    Draft4Validator.check_schema(schema)
    assert detail_type(schema).lower().replace(" ", "-") == path.stem


def test_every_file_is_registered_as_it_stands(template):
    registered = {}
    for name, properties in template.of_type("AWS::EventSchemas::Schema").items():
        assert template.resources[name]["Condition"] == "RegistersSchemas"
        assert properties["Type"] == "JSONSchemaDraft4"
        assert len(properties["Content"]) <= 100_000
        schema = json.loads(properties["Content"])
        registered[detail_type(schema)] = schema
        assert properties["SchemaName"].split("@")[-1] == detail_type(schema).replace(" ", "")
    assert registered == {detail_type(read(path)): read(path) for path in FILES}


def events():
    """The samples that are events, whole or inside a batch of a queue."""
    for path in sorted((INFRA / "events").glob("*/*.json")):
        sample = read(path)
        bodies = [json.loads(record["body"]) for record in sample.get("Records", [])]
        for event in bodies or [sample]:
            if "detail-type" in event:
                yield pytest.param(event, id=f"{path.parent.name}/{path.stem}")


@pytest.mark.parametrize("event", list(events()))
def test_a_sample_holds_to_its_schema(event):
    name = event["detail-type"].lower().replace(" ", "-")
    Draft4Validator(read(INFRA / "schemas" / f"{name}.json")).validate(event)
