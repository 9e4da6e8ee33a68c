"""The template as CloudFormation gets it: expanded offline, without credentials."""

import os
import sys
from pathlib import Path

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

INFRA = Path(__file__).parent.parent
TEMPLATE = INFRA / "template.yaml"
sys.path.insert(0, str(INFRA / "emulator"))

from stack import without  # noqa: E402 - found by the path above


def pytest_addoption(parser):
    parser.addoption("--without", metavar="FUNCTION/SID[/ACTION]|RESOURCE", help="check the template without one permission or resource")


class NoManagedPolicies:
    """The template names no managed policy, so nobody needs to be asked for one."""

    def load(self):
        return {}


class Template:
    """The expanded template."""

    def __init__(self, expanded):
        self.parameters = expanded["Parameters"]
        self.conditions = expanded["Conditions"]
        self.resources = expanded["Resources"]

    def of_type(self, kind):
        """The properties of every resource of a type, by logical name; there is at least one."""
        found = {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items() if resource["Type"] == kind
        }
        assert found, f"no {kind}"
        return found

    def is_there(self, name, parameters):
        """Whether a resource is made with these parameters."""
        condition = self.resources[name].get("Condition")
        return condition is None or holds(condition, self, parameters)

    def properties(self, name):
        """The properties of one resource."""
        return self.resources[name]["Properties"]


@pytest.fixture(scope="session")
def template(request):
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    source = yaml_parse(TEMPLATE.read_text())
    what = request.config.getoption("without")
    if what:
        source = without(source, what)
    for name, resource in source["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://artifacts/{name}"
    return Template(transform(source, {}, NoManagedPolicies()))


def with_choices(value, **choices):
    """The value as it is where the conditions named are so: `with_choices(it, UsesKey=False)`."""
    nothing = {"Ref": "AWS::NoValue"}
    if isinstance(value, list):
        found = [with_choices(it, **choices) for it in value]
        return [it for it in found if it != nothing]
    if not isinstance(value, dict):
        return value
    condition, *branches = value.get("Fn::If", [None])
    if condition in choices:
        return with_choices(branches[0 if choices[condition] else 1], **choices)
    found = {name: with_choices(it, **choices) for name, it in value.items()}
    return {name: it for name, it in found.items() if it != nothing}


def holds(condition, template, parameters):
    """Whether a condition, by name or written out, is so with these parameters; the others have their defaults."""
    if isinstance(condition, str):
        return holds(template.conditions[condition], template, parameters)
    (operator, operands), = condition.items()
    if operator == "Condition":
        return holds(operands, template, parameters)
    if operator == "Fn::Equals":
        left, right = (filled_in(it, template, parameters) for it in operands)
        return left == right
    found = [holds(it, template, parameters) for it in operands]
    return {"Fn::Not": not found[0], "Fn::And": all(found), "Fn::Or": any(found)}[operator]


def filled_in(value, template, parameters):
    """The value as CloudFormation fills it in: choices, joined and split texts, and parameters, by default their defaults."""
    if isinstance(value, list):
        return [filled_in(it, template, parameters) for it in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} and value["Ref"] in template.parameters:
        properties = template.parameters[value["Ref"]]
        given = parameters.get(value["Ref"], properties.get("Default"))
        is_list = properties["Type"] == "CommaDelimitedList"
        return given.split(",") if is_list and isinstance(given, str) else given
    if set(value) == {"Fn::If"}:
        condition, *branches = value["Fn::If"]
        return filled_in(branches[0 if holds(condition, template, parameters) else 1], template, parameters)
    if set(value) == {"Fn::Join"}:
        separator, parts = filled_in(value["Fn::Join"], template, parameters)
        return separator.join(parts)
    if set(value) == {"Fn::Split"}:
        separator, text = filled_in(value["Fn::Split"], template, parameters)
        return text.split(separator)
    return {name: filled_in(it, template, parameters) for name, it in value.items()}


def arn_of(value):
    """The logical name in `!GetAtt Name.Arn`."""
    name, attribute = value["Fn::GetAtt"]
    assert attribute == "Arn", value
    return name


def as_list(value):
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]
