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


def arn_of(value):
    """The logical name in `!GetAtt Name.Arn`."""
    name, attribute = value["Fn::GetAtt"]
    assert attribute == "Arn", value
    return name


def as_list(value):
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]
