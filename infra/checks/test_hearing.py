"""What becomes of an event on the bus: which rule hears it, and that none of ours vanishes.

The patterns are evaluated by the emulator's own reading of them, with the parameters filled in.
"""

import json

import pytest
from conftest import arn_of, filled_in
from ministack.services import eventbridge

HEARD = ["Customer Access Requested", "Customer Access Withdrawn", "Project Closed", "Project Reopened"]
WORKING = {
    "Customer Access Requested": "AccessRequestedRule", "Customer Access Withdrawn": "ProjectRule",
    "Project Closed": "ProjectRule", "Project Reopened": "ProjectRule",
}
KEEPING = {"UntrustedRule": "UntrustedEvents", "MisspeltRule": "UnheardEvents", "UnheardRule": "UnheardEvents",
           "UnheardContinuationRule": "UnheardEvents"}
OWN, FOREIGN = {"EventBusExists": "false"}, {"EventBusExists": "true"}
TRUSTED, STRANGER = "corp.projects", "somebody.else"


@pytest.fixture
def hearing(template):
    """Which rules hear an event, on the stack's own bus or on another."""
    def rules(bus, detail_type, source=TRUSTED, detail="{}", **parameters):
        given = {"TrustedSources": ["corp.crm", TRUSTED], **bus, **parameters}
        event = {"Source": source, "DetailType": detail_type, "Detail": detail}
        found = []
        for name, rule in template.of_type("AWS::Events::Rule").items():
            if not template.is_there(name, given):
                continue
            pattern = json.dumps(filled_in(rule["EventPattern"], template, given))
            assert eventbridge._event_pattern_error(pattern) is None, name
            if eventbridge._matches_pattern(pattern, event):
                found.append(name)
        return found
    return rules


def misspelt(detail_type):
    """What people write instead: in other cases, or joined as their own systems join words."""
    words = detail_type.split()
    yield from (detail_type.lower(), detail_type.upper(), detail_type.capitalize())
    for separator in ("-", "_", ".", ""):
        for spelt in (words, [it.lower() for it in words], [it.upper() for it in words]):
            yield separator.join(spelt)
    yield words[0].lower() + "".join(words[1:])


MISSPELT = sorted(spelt for it in HEARD for spelt in misspelt(it))


@pytest.mark.parametrize("bus", [OWN, FOREIGN], ids=["own", "foreign"])
@pytest.mark.parametrize("detail_type", HEARD)
def test_an_event_of_ours_is_heard_by_one_rule_or_kept_by_one_if_its_source_is_not_trusted(hearing, detail_type, bus):
    assert hearing(bus, detail_type) == [WORKING[detail_type]]
    assert hearing(bus, detail_type, STRANGER) == ["UntrustedRule"]
    assert hearing(bus, detail_type, "Corp.Projects") == ["UntrustedRule"]
    # Whoever owns the bus may have events of the same name, and says so.
    assert hearing(bus, detail_type, STRANGER, IgnoredSources=["corp.hr", STRANGER]) == []
    assert hearing(bus, detail_type, "another.one", IgnoredSources=[STRANGER]) == ["UntrustedRule"]


@pytest.mark.parametrize("detail_type", MISSPELT)
def test_a_misspelt_detail_type_of_ours_is_kept_once_whoever_sends_it(hearing, detail_type):
    assert hearing(OWN, detail_type) == ["UnheardRule"]
    assert hearing(OWN, detail_type, STRANGER) == ["MisspeltRule"]
    assert hearing(FOREIGN, detail_type) == ["MisspeltRule"]
    assert hearing(FOREIGN, detail_type, STRANGER) == ["MisspeltRule"]
    for bus in (OWN, FOREIGN):
        assert hearing(bus, detail_type, STRANGER, IgnoredSources=[STRANGER]) == []


def test_what_else_a_trusted_source_sends_is_kept_on_the_stacks_own_bus_alone(hearing):
    for detail_type in ("Project Close", "Projekt Closed", "Project Closed ", "Project Created", "Continuation"):
        assert hearing(OWN, detail_type) == ["UnheardRule"]
        assert hearing(FOREIGN, detail_type) == []
        assert hearing(OWN, detail_type, STRANGER) == []
    ignored = {"IgnoredDetailTypes": ["Project Created", "Project Moved"]}
    assert hearing(OWN, "Project Created", **ignored) == []
    assert hearing(OWN, "Project closed", **ignored) == ["UnheardRule"]
    assert hearing(OWN, "Project Closed", **ignored) == ["ProjectRule"]


@pytest.mark.parametrize("bus", [OWN, FOREIGN], ids=["own", "foreign"])
def test_a_continuation_is_heard_by_its_function_or_kept_if_there_is_no_such_function(hearing, bus):
    def continued(detail):
        return hearing(bus, "Continuation", "lanyard", json.dumps(detail))
    assert continued({"function": "sweep"}) == ["SweepContinuationRule"]
    assert continued({"function": "close-project"}) == ["CloseProjectContinuationRule"]
    for nobody in ({"function": "invite"}, {"function": "Sweep"}, {"attempt": 1}):
        assert continued(nobody) == ["UnheardContinuationRule"]


@pytest.mark.parametrize("bus", [OWN, FOREIGN], ids=["own", "foreign"])
def test_what_lanyard_tells_others_is_kept_nowhere(hearing, bus):
    for detail_type in ("Customer Invited", "Customer Access Ended", "Sweep Held", "Project Event Ignored"):
        assert hearing(bus, detail_type, "lanyard") == []


def test_whatever_is_kept_is_kept_in_a_queue_and_what_that_does_not_take_in_another(template):
    for name, queue in KEEPING.items():
        target, = template.properties(name)["Targets"]
        assert arn_of(target["Arn"]) == queue
        other, = {"UntrustedEvents", "UnheardEvents"} - {queue}
        assert arn_of(target["DeadLetterConfig"]["Arn"]) == other


def test_every_target_of_every_rule_has_dead_letters_that_are_another_queue(template):
    for name, rule in template.of_type("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            assert arn_of(target["DeadLetterConfig"]["Arn"]) != arn_of(target["Arn"]), name


def test_there_are_no_other_rules(template):
    known = {*WORKING.values(), *KEEPING, "CloseProjectContinuationRule", "SweepContinuationRule"}
    assert set(template.of_type("AWS::Events::Rule")) == known


def test_a_pattern_has_room_for_twenty_sources(template):
    # EventBridge takes 2,048 characters.
    sources = [f"corp.department-{number:02}.projects" for number in range(20)]
    for name, rule in template.of_type("AWS::Events::Rule").items():
        for bus in (OWN, FOREIGN):
            pattern = filled_in(rule["EventPattern"], template, {"TrustedSources": sources, **bus})
            assert len(json.dumps(pattern)) < 2_048, name
