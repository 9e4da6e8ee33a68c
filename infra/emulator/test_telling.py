"""What the deployed stack says about itself: metrics that its alarms and its dashboard look at."""

import json
import time

from lanyard import Project
from stack import template

FUNCTIONS = ["close-project", "invite", "sweep"]


def metric_lines(lanyard):
    """The lines in CloudWatch's embedded metric format, of all functions."""
    lines = [json.loads(line) for function in FUNCTIONS for line in lanyard.logs(function)]
    return [line for line in lines if "_aws" in line]


def looked_at(source):
    """What alarms and dashboard look at: the metric and the names of its dimensions."""
    wanted = set()
    for resource in source["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::CloudWatch::Alarm" and properties["Namespace"] == "Lanyard":
            dimensions = tuple(sorted(it["Name"] for it in properties["Dimensions"]))
            wanted.add((properties["MetricName"], dimensions))
    body = json.loads(source["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    for widget in body["widgets"]:
        first = widget["properties"]["metrics"][0]
        if first[0] == "Lanyard":
            # The lines below the first repeat its namespace and its one dimension by dots.
            names = [line[1] for line in widget["properties"]["metrics"]]
            dimensions = tuple(sorted(it for it in first[2::2] if isinstance(it, str)))
            wanted |= {(name, dimensions) for name in names}
    return wanted


def test_every_metric_that_is_looked_at_is_emitted(lanyard, org):
    project = Project()
    lanyard.invite(project.request())
    lanyard.close(project)
    lanyard.emitted("Customer Access Ended", project=project.id, count=2)
    lanyard.sweep()
    stranger = {
        "id": project.id, "source": "somebody.else", "account": "111111111111", "detail-type": "Project Closed",
        "time": "2026-01-01T00:00:00Z", "detail": {"projectId": project.id},
    }
    with lanyard.fewer_tries("CloseProject", 1), lanyard.soon_again("CloseProject"):
        lanyard.redrive("CloseProject", json.dumps(stranger))
        lanyard.dead_letter("CloseProject", project.id)

    def emitted():
        seen = set()
        for line in metric_lines(lanyard):
            directive, = line["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "Lanyard"
            assert line["Ledger"] == lanyard.stack.output("LedgerTableName")
            assert line["Function"] in FUNCTIONS
            for metric in directive["Metrics"]:
                assert isinstance(line[metric["Name"]], int)
                seen |= {(metric["Name"], tuple(sorted(it))) for it in directive["Dimensions"]}
        return seen
    lanyard.logged("all metrics", lambda: looked_at(template()) <= emitted(), *FUNCTIONS)


def test_a_sweep_of_everything_is_counted_for_the_alarm_that_waits_for_it(lanyard):
    begun = int(time.time() * 1000)
    lanyard.sweep(dryRun=True)
    lanyard.sweep(org="main")
    lanyard.sweep()

    def measured():
        lines = [line for line in metric_lines(lanyard) if line["Function"] == "sweep"]
        return [line for line in lines if line["_aws"]["Timestamp"] >= begun]
    # A dry run measures nothing. One process writes one line after the other, so what it wrote first is there with the last.
    lanyard.logged("two sweeps", lambda: len(measured()) >= 2, "sweep")
    lines = sorted(measured(), key=lambda line: line["_aws"]["Timestamp"])
    assert [line.get("CompletedSweeps", 0) for line in lines] == [0, 1]
