"""The alarms: each for something that a person has to do, each saying what."""

import json

import pytest
from conftest import INFRA, arn_of

EXPECTED = {
    "CloseProjectDeadLettersAlarm", "InviteDeadLettersAlarm", "SweepDeadLettersAlarm", "WaitingRequestsAlarm",
    "SweepFailedAlarm", "SweepMissingAlarm", "OverdueAccessAlarm", "StuckAccessAlarm", "HeldPlanAlarm",
    "DriftedAccessAlarm", "UndecidedAccessAlarm", "NotSeenAlarm", "OrgAttentionAlarm", "SalesforceAllowanceAlarm",
    "SignInRefusedAlarm", "OrgNotReadyAlarm", "UntrustedEventsAlarm", "UntrustedMessagesAlarm",
    "SourceNotAllowedAlarm", "UnusualDayAlarm", "UnusualHourAlarm", "UnheardEventsAlarm", "ApiFaultsAlarm",
    "CloseProjectLateAlarm", "InviteLateAlarm", "SweepLateAlarm",
    "CloseProjectErrorsAlarm", "InviteErrorsAlarm", "SweepErrorsAlarm",
    "CloseProjectThrottlesAlarm", "InviteThrottlesAlarm", "SweepThrottlesAlarm",
}
FUNCTIONS = ["CloseProject", "Invite", "Sweep"]
# What a night finds, and the alarm that tells it at once.
FOUND_BY_NIGHT = {
    "OverdueAccessAlarm": "OldestOverdueMinutes", "StuckAccessAlarm": "Stuck", "HeldPlanAlarm": "Held",
    "DriftedAccessAlarm": "Drifted", "UndecidedAccessAlarm": "Undecided", "OrgAttentionAlarm": "NewFindings",
}
LEDGER = {"Name": "Ledger", "Value": {"Ref": "LedgerTable"}}


def test_there_is_an_alarm_for_everything_that_needs_a_person(template):
    assert set(template.of_type("AWS::CloudWatch::Alarm")) == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_alarm_tells_somebody_what_to_do(template, name):
    alarm = template.properties(name)
    assert alarm["AlarmActions"] == [{"Ref": "Notices"}]
    assert alarm["AlarmName"]["Fn::Sub"].startswith("${AWS::StackName}-")
    assert len(alarm["AlarmDescription"].split()) >= 20
    assert len(alarm["AlarmDescription"]) <= 1_024


def test_each_alarm_has_a_row_in_the_handbook(template):
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    names = [it["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-") for it in alarms]
    assert sorted(rows()) == sorted(names)


@pytest.mark.parametrize("name", sorted(EXPECTED - {"SweepMissingAlarm"}))
def test_missing_data_is_no_news(template, name):
    assert template.properties(name)["TreatMissingData"] == "notBreaching"


def test_a_sweep_that_did_not_come_for_26_hours_is_noticed(template):
    alarm = template.properties("SweepMissingAlarm")
    assert alarm["MetricName"] == "CompletedSweeps"
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 26 * 3_600
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("function", ["CloseProject", "Invite", "Sweep"])
def test_one_dead_letter_is_enough(template, function):
    alarm = template.properties(f"{function}DeadLettersAlarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    queue, = alarm["Dimensions"]
    assert queue["Value"] == {"Fn::GetAtt": [f"{function}DeadLetters", "QueueName"]}
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.parametrize("queue", ["UntrustedEvents", "UnheardEvents"])
def test_one_event_that_nobody_hears_is_enough(template, queue):
    alarm = template.properties(f"{queue}Alarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_waits_for_longer_than_all_its_tries_take_is_noticed_also_in_a_paused_stack(template, function):
    # A queue of dead letters needs no such alarm: one that holds anything at all is an alarm already.
    alarm = template.properties(f"{function}LateAlarm")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
        "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [f"{function}Queue", "QueueName"]}}]
    queue = template.properties(f"{function}Queue")
    tries = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]
    assert tries <= alarm["Threshold"] <= tries + 3_600
    assert alarm["Threshold"] < queue["MessageRetentionPeriod"] / 2
    assert "ActionsEnabled" not in alarm


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_a_function_that_goes_on_failing_or_is_not_let_run_is_noticed(template, function, metric):
    alarm = template.properties(f"{function}{metric}Alarm")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/Lambda", metric, "Sum")
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    # A sweep that fails once is repeated an hour later, and three are a night. The others are repeated within minutes.
    nightly = function == "Sweep" and metric == "Errors"
    assert (alarm["Period"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (
        (3_600, 3, 3) if nightly else (300, 2, 3))
    # A paused stack throttles requests because it is meant to.
    paused = {"Fn::If": ["IsPaused", False, True]}
    assert alarm.get("ActionsEnabled") == (paused if (function, metric) == ("Invite", "Throttles") else None)


def test_requests_that_go_on_being_answered_with_a_fault_are_noticed(template):
    alarm = template.properties("ApiFaultsAlarm")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/ApiGateway", "5xx", "Sum")
    assert alarm["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": "InvitationsApi"}}]
    assert (alarm["Period"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (300, 2, 3)
    assert alarm["ActionsEnabled"] == {"Fn::If": ["IsPaused", False, True]}


@pytest.mark.parametrize(("name", "period", "parameter"), [
    ("UnusualHourAlarm", 3_600, "UnusualInvitationsPerHour"), ("UnusualDayAlarm", 86_400, "UnusualInvitations"),
])
def test_more_invitations_than_people_expect_are_noticed_within_the_hour_and_the_day(template, name, period, parameter):
    alarm = template.properties(name)
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("Invited", "Sum", period)
    assert alarm["Threshold"] == {"Ref": parameter}
    assert template.parameters[parameter]["Default"] > 0


def rows():
    """The rows of the handbook's table of alarms, by the name of the alarm."""
    section = (INFRA / "README.md").read_text().split("\n### Each alarm\n")[1].split("\n### ")[0]
    return {line.split("`")[1]: line for line in section.splitlines() if line.startswith("| `")}


def test_nobody_is_told_to_redrive_what_cannot_be_redriven(template):
    # SQS moves messages back from the dead letters of a queue, and from no other queue.
    dead_letters = {
        arn_of(it["RedrivePolicy"]["deadLetterTargetArn"])
        for it in template.of_type("AWS::SQS::Queue").values() if "RedrivePolicy" in it
    }
    for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items():
        row = rows()[alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")]
        for text in (alarm["AlarmDescription"], row):
            if "redriv" not in text.lower():
                continue
            queues = [it["Value"]["Fn::GetAtt"][0] for it in alarm["Dimensions"] if it["Name"] == "QueueName"]
            # An alarm that is about no queue says which dead letters it means.
            assert set(queues) <= dead_letters, name
            assert queues or "dead letters" in text, name


def test_the_handbook_counts_rules_and_alarms_as_they_are(template):
    introduction = (INFRA / "README.md").read_text().split("| here | what |")[0]
    assert f"a bus with {len(template.of_type('AWS::Events::Rule'))} rules" in introduction
    assert f"{len(EXPECTED)} alarms" in introduction


def test_a_request_that_waits_for_an_hour_is_noticed_unless_the_stack_is_paused(template):
    alarm = template.properties("WaitingRequestsAlarm")
    # What is tried again and again is hidden between two tries. AWS says that it can distort the age of the oldest message.
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible")
    queue, = alarm["Dimensions"]
    assert queue["Value"] == {"Fn::GetAtt": ["InviteQueue", "QueueName"]}
    assert (alarm["Statistic"], alarm["Period"] * alarm["EvaluationPeriods"]) == ("Minimum", 3_600)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["ActionsEnabled"] == {"Fn::If": ["IsPaused", False, True]}


def test_three_failed_sweeps_in_a_row_are_a_failed_night(template):
    alarm = template.properties("SweepFailedAlarm")
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("Undone", "Minimum", 3_600)
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"], alarm["Threshold"]) == (3, 3, 0)


@pytest.mark.parametrize("name", sorted(FOUND_BY_NIGHT))
def test_what_a_night_finds_stays_an_alarm_until_the_next(template, name):
    alarm = template.properties(name)
    assert alarm["MetricName"] == FOUND_BY_NIGHT[name]
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Maximum", 86_400, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["Threshold"] == ({"Ref": "OverdueMinutes"} if name == "OverdueAccessAlarm" else 0)


def test_two_nights_in_which_no_sweep_saw_all_are_noticed_and_one_is_not(template):
    alarm = template.properties("NotSeenAlarm")
    # A later sweep of the night counts again what the first could not read, and may see all: it has the last word.
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("NotSeen", "Minimum", 86_400)
    # The window slides, so that for an hour the first sweep of a night is the only one in it.
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (2, 2)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


def test_access_for_which_no_grant_answers_is_shown_and_no_alarm(template):
    # It is told once for each, by an event, and may be meant.
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    assert "Ungoverned" not in {it["MetricName"] for it in alarms}
    assert "Ungoverned" in shown(template)


def test_metrics_of_our_own_are_those_of_this_ledger(template):
    own = [it for it in template.of_type("AWS::CloudWatch::Alarm").values() if it["Namespace"] == "Lanyard"]
    assert len(own) == 16
    assert all(LEDGER in it["Dimensions"] for it in own)


def test_alarms_may_publish_their_notices_and_nobody_else(template):
    policy, = template.of_type("AWS::SNS::TopicPolicy").values()
    statement, = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert "alarm:${AWS::StackName}-*" in statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    subscription = template.resources["NoticesSubscription"]
    assert subscription["Condition"] == "HasNoticesEmail"


def widgets(template):
    """What the dashboard shows, widget by widget."""
    dashboard, = template.of_type("AWS::CloudWatch::Dashboard").values()
    return json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]


def shown(template):
    """The names of all metrics on the dashboard."""
    return {line[1] for it in widgets(template) for line in it["properties"]["metrics"]}


def test_the_dashboard_is_json_about_this_stack(template):
    places = {(it["x"], it["y"]) for it in widgets(template)}
    assert len(places) == len(widgets(template)) == 8


def test_the_dashboard_shows_every_metric_of_ours_that_has_an_alarm(template):
    own = [it for it in template.of_type("AWS::CloudWatch::Alarm").values() if it["Namespace"] == "Lanyard"]
    assert {it["MetricName"] for it in own} - shown(template) == set()


def test_the_dashboard_shows_for_how_long_seats_linger_once_a_day(template):
    # The windows of a night's sweeps overlap: each of them says all of the day, and a sum would say it three times.
    line, = [it["properties"] for it in widgets(template) if it["properties"]["metrics"][0][1] == "LingeringSeatMinutes"]
    assert (line["stat"], line["period"]) == ("Maximum", 86_400)
