"""One emulator, one Salesforce org and one stack for all tests; each test has a project of its own."""

from pathlib import Path

import pytest
from emulator import Emulator
from keys import Keys
from lanyard import Lanyard, Project
from salesforce import Salesforce
from stack import FUNCTIONS, Stack, template, without


def pytest_addoption(parser):
    parser.addoption("--binaries", type=Path, required=True, help="the output of a release build or of `sam build`")
    parser.addoption("--simulator", type=Path, required=True, help="the binary salesforce-simulator")
    parser.addoption("--previous", type=Path, help="the same binaries of the version before")
    parser.addoption("--without", metavar="FUNCTION/SID[/ACTION]|RESOURCE", help="deploy without one permission or resource")


def binaries_in(folder):
    """The way from a function's name to its binary, in either layout."""
    def binary(name):
        built_by_sam = folder / FUNCTIONS[name] / "bootstrap"
        return built_by_sam if built_by_sam.exists() else folder / name
    return binary


@pytest.fixture(scope="session")
def binaries(request):
    return binaries_in(request.config.getoption("binaries"))


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    running = Emulator(tmp_path_factory.mktemp("emulator"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def org(request, tmp_path_factory):
    """The Salesforce org `main`."""
    running = Salesforce(request.config.getoption("simulator"), tmp_path_factory.mktemp("salesforce"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def source(request):
    """The template, as a rule whole."""
    what = request.config.getoption("without")
    return without(template(), what) if what else template()


@pytest.fixture(scope="session")
def keys(emulator):
    """Keys of the company's own."""
    return Keys(emulator)


@pytest.fixture(scope="session")
def deployed(emulator, binaries, source, keys):
    """The stack that the tests share, with all that is optional."""
    return Lanyard(Stack(
        emulator, "lanyard", binaries, source, KmsKeyArn=keys.encrypting, SigningKeyArn=keys.signing,
    ))


@pytest.fixture
def lanyard(deployed, org):
    """The shared stack in use. A test finds it at rest and leaves it so: nothing of the one before is still under way."""
    deployed.fill_secret(org.secret())
    yield deployed
    org.clear_faults()
    org.allow_sign_in()
    deployed.rest()


@pytest.fixture
def project():
    return Project()
