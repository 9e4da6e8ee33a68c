"""What is so right after a deployment, before anybody has filled in anything."""

import pytest
from lanyard import stack_of_its_own


@pytest.fixture(scope="module")
def fresh(emulator, binaries, source):
    """A stack in which nobody has filled the secret."""
    return stack_of_its_own(emulator, "fresh", binaries, source=source)


def test_every_queue_has_a_policy_that_names_it_and_no_other(deployed):
    policies = deployed.queue_policies()
    assert len(policies) == 8
    assert policies == {queue: [queue] for queue in policies}


def test_an_empty_secret_is_named_to_whoever_asks(fresh, project):
    error, answer = fresh.invoke("invite", project.request())
    assert error is None
    assert answer["error"]["code"] == "ORG_UNKNOWN"
    assert "fill the org's secret" in answer["error"]["fix"]


def test_an_org_without_a_secret_is_named_too(fresh, project):
    # AWS answers the same of a secret that CloudFormation made and nobody filled; the emulator's holds an empty text.
    error, answer = fresh.invoke("invite", project.request(org="nowhere"))
    assert error is None
    assert answer["error"]["code"] == "ORG_UNKNOWN"
    assert answer["error"]["fix"] == "check the alias, or add a secret of that name and fill it"


def test_an_empty_ledger_is_swept_without_an_org(fresh):
    report = fresh.sweep()
    assert (report["complete"], report["looked"], report["salesforceCalls"]) == (True, 0, 0)


def test_a_dry_run_for_an_org_whose_secret_is_empty_says_so(fresh):
    error, answer = fresh.invoke("sweep", {"dryRun": True, "org": "main"})
    assert error == "ORG_UNKNOWN"
    assert "the secret is not filled" in answer["errorMessage"]
