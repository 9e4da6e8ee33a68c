"""What an operator does to a stack with grants in flight: upgrade it, take it down, put it on another table."""

import copy
import os
import shutil
import subprocess
from pathlib import Path

import evidence
import pytest
from conftest import binaries_in
from emulator import REGION, ROOT_KEY
from lanyard import stack_of_its_own
from stack import FUNCTIONS, template
from waiting import PATIENCE_SECONDS, wait_for

TAKE_DOWN = Path(__file__).parent.parent / "take-down"


@pytest.fixture
def take_down(tmp_path, emulator):
    """Runs the script as an operator does."""
    # Version 1 of the CLI does not look at AWS_ENDPOINT_URL for SQS.
    aws = tmp_path / "aws"
    aws.write_text(f'#!/bin/sh\nexec {shutil.which("aws")} --endpoint-url {emulator.url} "$@"\n')
    aws.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ROOT_KEY[0], "AWS_SECRET_ACCESS_KEY": ROOT_KEY[1],
    }

    def run(stack, *arguments):
        command = [TAKE_DOWN, stack, *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )
    return run


def test_grants_of_the_version_before_are_ended_by_this_one(request, emulator, binaries, org, project):
    previous = request.config.getoption("previous")
    if previous is None:
        pytest.skip("the version before this one was not built, see --previous")
    before = previous / "source" / "infra" / "template.yaml"
    lanyard = stack_of_its_own(
        emulator, "upgraded", binaries_in(previous), source=template(before) if before.exists() else None,
    )
    lanyard.fill_secret(org.secret())
    answer = lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    lanyard.sweep()
    assert org.role(project.group, project.ana) == "Admin"

    lanyard.stack.update(binaries)
    assert lanyard.invite(project.request())["customers"][0]["grantId"] == answer["customers"][0]["grantId"]
    # Back again, on what this version wrote, and forward once more.
    lanyard.stack.update(binaries_in(previous))
    assert lanyard.invite(project.request())["customers"][1]["outcome"] == "updated"
    lanyard.sweep()
    lanyard.stack.update(binaries)
    lanyard.close(project)
    lanyard.emitted("Customer Access Ended", project=project.id, count=2)
    assert not org.has_access(project.group, project.ana)
    assert not org.has_access(project.group, project.bo)
    assert [len(org.mails(it)) for it in (project.ana, project.bo)] == [1, 1]
    # What the version before recorded stays readable; evidence is chained from the first entry of this one on.
    for customer in answer["customers"]:
        history = lanyard.history(customer["grantId"])
        assert [int(it["version"]) for it in history] == list(range(1, len(history) + 1))
        assert "hash" not in history[0]
        assert "hash" in history[-1]
        chained = [it for it in history if "hash" in it]
        assert {it["subject"] for it in chained} == {lanyard.subject(customer["email"])}
        # On the way back an entry without a hash was recorded; a new chain begins after it.
        assert any("hash" not in it for it in history[history.index(chained[0]):])
        for before, entry in zip(history, history[1:], strict=False):
            assert "hash" not in entry or entry.get("previous") == before.get("hash")
        for entry in chained:
            assert entry["hash"] == evidence.computed(entry)


def with_a_policy_for_two_queues(source):
    """The template in a form that versions before this one had: one policy for a queue and its dead letters."""
    shared = copy.deepcopy(source)
    for function in FUNCTIONS.values():
        queues = [f"{function}Queue", f"{function}DeadLetters"]
        del shared["Resources"][f"{function}DeadLettersPolicy"]
        policy = shared["Resources"][f"{function}QueuePolicy"]["Properties"]
        policy["Queues"] = [{"Ref": it} for it in queues]
        statement, = policy["PolicyDocument"]["Statement"]
        statement["Resource"] = [{"Fn::GetAtt": [it, "Arn"]} for it in queues]
    return shared


def test_no_queue_is_without_a_policy_after_an_upgrade_from_a_shared_one_or_after_the_way_back(emulator, binaries):
    before = with_a_policy_for_two_queues(template())
    lanyard = stack_of_its_own(emulator, "parted", binaries, source=before)
    shared = lanyard.queue_policies()
    for _ in range(2):
        lanyard.stack.update(binaries)
        assert lanyard.queue_policies() == {queue: [queue] for queue in shared}
        lanyard.stack.update(binaries, before)
        assert lanyard.queue_policies() == shared


def test_a_stack_is_not_taken_down_while_somebody_has_access(
    emulator, binaries, org, project, take_down,
):
    lanyard = stack_of_its_own(emulator, "departing", binaries)
    lanyard.fill_secret(org.secret())
    answer = lanyard.invite(project.request({"email": project.bo}))
    org.accept(project.group, project.bo)
    limit = {"FunctionName": lanyard.stack.function("invite")}
    lanyard.functions.put_function_concurrency(**limit, ReservedConcurrentExecutions=3)

    def attempt(*arguments):
        # It waits for requests that are under way as long as one may take; none is.
        with lanyard.timeout("invite", 1):
            return take_down("departing", *arguments)

    refused = attempt()
    assert refused.returncode == 1
    # A limit that was there, such as the zero of a paused stack, is there again.
    assert lanyard.functions.get_function_concurrency(**limit)["ReservedConcurrentExecutions"] == 3
    assert answer["customers"][0]["grantId"] in refused.stderr
    # Requests are taken again; this one counts its days anew.
    assert lanyard.invite(project.request({"email": project.bo}))["customers"][0]["outcome"] == "updated"

    with lanyard.soon_again("CloseProject"):
        lanyard.put_event("Project Closed", {"project": project.id})
        refused = attempt()
        assert refused.returncode == 1
        assert "departing-close-project" in refused.stderr
        lanyard.dead_letter("CloseProject", project.id)

    lanyard.close(project)
    lanyard.emitted("Customer Access Ended", project=project.id)
    lanyard.rest()
    refused = attempt()
    assert refused.returncode == 1
    assert "1 endings are still to be read again" in refused.stderr
    done = attempt("--without-rereads")
    assert done.returncode == 0, done.stderr
    assert "deleted: departing" in done.stdout
    assert "departing-ledger" in emulator.client("dynamodb").list_tables()["TableNames"]
    buses = emulator.client("events").list_event_buses()["EventBuses"]
    assert "departing" in [bus["Name"] for bus in buses]


def test_what_arrives_at_a_paused_stack_waits(lanyard, emulator, binaries, org, project):
    paused = stack_of_its_own(emulator, "paused", binaries)
    paused.fill_secret(org.secret())
    # That direct and HTTP requests are refused is checked on the template: the emulator ignores reserved concurrency.
    paused.stack.update(binaries, Paused="true")
    paused.put_event("Customer Access Requested", project.request({"email": project.bo}))
    wait_for("the event in its queue", lambda: paused.counts("InviteQueueUrl") == [1, 0, 0])
    # What arrives after it at a stack that is not paused, and is done with, shows that there was time to take it.
    lanyard.put_event("Customer Access Requested", project.request({"email": project.ana}))
    lanyard.emitted("Customer Invited", email=project.ana)
    assert paused.counts("InviteQueueUrl") == [1, 0, 0]
    assert org.mails(project.bo) == []

    paused.stack.update(binaries, Paused="false")
    paused.emitted("Customer Invited", email=project.bo)


def test_a_stack_takes_up_a_table_and_a_bus_that_are_there(emulator, binaries, org, project):
    first = stack_of_its_own(emulator, "first", binaries)
    first.fill_secret(org.secret())
    first.invite(project.request({"email": project.bo}))
    first.stack.delete()

    second = stack_of_its_own(
        emulator, "second", binaries,
        LedgerTable="first-ledger", LedgerTableExists="true", EventBus="first", EventBusExists="true",
    )
    second.fill_secret(org.secret())
    second.close(project)
    second.emitted("Customer Access Ended", project=project.id)
    assert not org.has_access(project.group, project.bo)
    second.rest()
