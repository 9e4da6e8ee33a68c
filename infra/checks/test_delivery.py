"""How events, requests and the night reach a function, and what becomes of those that do not."""

import pytest
from conftest import arn_of, as_list, with_choices

FUNCTIONS = ["CloseProject", "Invite", "Sweep"]
QUEUES = [f"{function}{kind}" for function in FUNCTIONS for kind in ("Queue", "DeadLetters")] + ["UntrustedEvents", "UnheardEvents"]


def queues_of(rule):
    """Where a rule puts events: into its targets, and into their dead letters."""
    ends = [it for target in rule["Targets"] for it in (target, target.get("DeadLetterConfig")) if it]
    return {arn_of(it["Arn"]) for it in ends}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_queue_outlasts_its_function_and_hands_over_to_its_dead_letters(template, function):
    queue = template.properties(f"{function}Queue")
    timeout = template.properties(function)["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert arn_of(queue["RedrivePolicy"]["deadLetterTargetArn"]) == f"{function}DeadLetters"
    # Deliveries that are throttled count too; five is what AWS advises.
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    # What waits is kept for as long as a stack may be paused. Its dead letters keep longer, counted from the same instant.
    assert queue["MessageRetentionPeriod"] == 10 * 86_400
    assert template.properties(f"{function}DeadLetters")["MessageRetentionPeriod"] == 14 * 86_400


def test_a_request_is_repeated_for_longer_than_a_mail_is_claimed_and_a_daily_limit_lasts(template):
    queue = template.properties("InviteQueue")
    claim = 15 * 60
    repeated = queue["VisibilityTimeout"] * (queue["RedrivePolicy"]["maxReceiveCount"] - 1)
    assert repeated > claim
    assert repeated > 24 * 3_600
    # And well within what a queue keeps a message for.
    assert repeated < queue["MessageRetentionPeriod"] / 2


DOORS = {
    "CloseProjectQueueDoor": ("CloseProject", "queue"), "CloseProjectOperatorDoor": ("CloseProject", "operator"),
    "InviteApiDoor": ("Invite", "api"), "InviteQueueDoor": ("Invite", "queue"), "InviteOperatorDoor": ("Invite", "operator"),
    "SweepQueueDoor": ("Sweep", "queue"), "SweepScheduleDoor": ("Sweep", "schedule"),
    "SweepOperatorDoor": ("Sweep", "operator"),
}


def test_each_door_is_an_alias_of_the_newest_code(template):
    aliases = template.of_type("AWS::Lambda::Alias")
    assert {name: (it["FunctionName"]["Ref"], it["Name"]) for name, it in aliases.items()} == DOORS
    assert {it["FunctionVersion"] for it in aliases.values()} == {"$LATEST"}
    assert not any("RoutingConfig" in it for it in aliases.values())


def test_nothing_in_the_stack_invokes_a_function_but_by_a_door_and_each_door_has_one_caller(template):
    callers = [
        *(it["FunctionName"]["Ref"] for it in template.of_type("AWS::Lambda::EventSourceMapping").values()),
        *(it["IntegrationUri"]["Ref"] for it in template.of_type("AWS::ApiGatewayV2::Integration").values()),
        *(it["Target"]["Arn"]["Ref"] for it in template.of_type("AWS::Scheduler::Schedule").values()),
    ]
    assert sorted(callers) == sorted(name for name, (_, alias) in DOORS.items() if alias != "operator")
    assert [it for it in template.resources.values() if it["Type"] in ("AWS::Lambda::Url", "AWS::Lambda::Version")] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_reports_the_messages_that_are_to_come_again(template, function):
    mapping, = [
        it for it in template.of_type("AWS::Lambda::EventSourceMapping").values()
        if it["FunctionName"] == {"Ref": f"{function}QueueDoor"}
    ]
    assert arn_of(mapping["EventSourceArn"]) == f"{function}Queue"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_sweep_takes_one_continuation_at_a_time(template):
    mapping, = [
        it for it in template.of_type("AWS::Lambda::EventSourceMapping").values()
        if it["FunctionName"] == {"Ref": "SweepQueueDoor"}
    ]
    assert mapping["BatchSize"] == 1
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_a_paused_stack_lets_nobody_in_and_keeps_what_arrives(template):
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
        assert mapping["Enabled"] == {"Fn::If": ["IsPaused", False, True]}
    assert template.properties("SweepNightly")["State"] == {"Fn::If": ["IsPaused", "DISABLED", "ENABLED"]}
    assert template.properties("Invite")["ReservedConcurrentExecutions"] == {
        "Fn::If": ["IsPaused", 0, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize(("rule", "queue", "pattern"), [
    ("AccessRequestedRule", "Invite", {"source": {"Ref": "TrustedSources"}, "detail-type": ["Customer Access Requested"]}),
    ("ProjectRule", "CloseProject", {"source": {"Ref": "TrustedSources"}, "detail-type": ["Project Closed", "Project Reopened", "Customer Access Withdrawn"]}),
    ("CloseProjectContinuationRule", "CloseProject", {
        "source": ["lanyard"], "detail-type": ["Continuation"], "detail": {"function": ["close-project"]}}),
    ("SweepContinuationRule", "Sweep", {
        "source": ["lanyard"], "detail-type": ["Continuation"], "detail": {"function": ["sweep"]}}),
])
def test_a_rule_hears_trusted_sources_and_loses_nothing(template, rule, queue, pattern):
    properties = template.properties(rule)
    assert properties["EventPattern"] == pattern
    assert properties["EventBusName"] == {"Fn::If": ["CreatesEventBus", {"Ref": "Bus"}, {"Ref": "EventBus"}]}
    target, = properties["Targets"]
    assert arn_of(target["Arn"]) == f"{queue}Queue"
    assert arn_of(target["DeadLetterConfig"]["Arn"]) == f"{queue}DeadLetters"


def test_every_queue_has_one_policy_that_is_its_own(template):
    # SQS keeps one policy for each queue, the last that was put, and wants a policy to cover a single queue.
    attached = [
        queue["Ref"] for policy in template.of_type("AWS::SQS::QueuePolicy").values() for queue in policy["Queues"]
    ]
    assert sorted(attached) == sorted(template.of_type("AWS::SQS::Queue"))
    assert [name for name, it in template.of_type("AWS::SQS::QueuePolicy").items() if len(it["Queues"]) != 1] == []
    assert [name for name, it in template.resources.items() if it["Type"] == "AWS::SQS::QueueInlinePolicy"] == []


def test_a_statement_of_a_queue_policy_names_its_queue_and_nothing_else(template):
    # SQS refuses a statement about two queues, and with it the deployment; the emulator and the linters take it.
    refused = [
        (name, statement.get("Resource"))
        for name, policy in template.of_type("AWS::SQS::QueuePolicy").items()
        for statement in as_list(policy["PolicyDocument"]["Statement"])
        if [statement.get("Resource")] != [{"Fn::GetAtt": [queue["Ref"], "Arn"]} for queue in policy["Queues"]]
    ]
    assert refused == []


@pytest.mark.parametrize("queue", QUEUES)
def test_only_the_rules_of_a_queue_may_send_to_it(template, queue):
    statement, = template.properties(f"{queue}Policy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sqs:SendMessage")
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    rules = {name for name, it in template.of_type("AWS::Events::Rule").items() if queue in queues_of(it)}
    assert rules
    assert list(statement["Condition"]) == ["ArnEquals"]
    senders = as_list(with_choices(statement["Condition"]["ArnEquals"]["aws:SourceArn"], CreatesEventBus=True))
    assert {arn_of(it) for it in senders} == rules


def asynchronous(template, function):
    """What becomes of asynchronous invocations of a function, by alias."""
    configs = template.of_type("AWS::Lambda::EventInvokeConfig").values()
    return {it["Qualifier"]: it for it in configs if it["FunctionName"] == {"Ref": function}}


@pytest.mark.parametrize("function", ["CloseProject", "Invite"])
def test_an_asynchronous_invocation_that_fails_is_kept(template, function):
    configs = asynchronous(template, function)
    # Nothing invokes the other doors asynchronously.
    assert set(configs) == {"$LATEST", "operator"}
    for config in configs.values():
        assert config["MaximumRetryAttempts"] == 2
        assert arn_of(config["DestinationConfig"]["OnFailure"]["Destination"]) == f"{function}DeadLetters"


def test_a_sweep_is_repeated_by_the_next_one_and_not_by_lambda(template):
    configs = asynchronous(template, "Sweep")
    assert set(configs) == {"$LATEST", "operator", "schedule"}
    for config in configs.values():
        assert config["MaximumRetryAttempts"] == 0
        assert not config.get("DestinationConfig")


def test_what_becomes_of_invocations_by_a_door_is_said_once_the_door_is_there(template):
    for name, resource in template.resources.items():
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig" and resource["Properties"]["Qualifier"] != "$LATEST":
            assert resource["DependsOn"] == name.removesuffix("Invocations") + "Door"


def test_the_night_has_a_time_zone_is_repeated_and_is_kept_when_it_fails(template):
    schedule, = template.of_type("AWS::Scheduler::Schedule").values()
    minute, hours, *rest = schedule["ScheduleExpression"].removeprefix("cron(").removesuffix(")").split()
    assert rest == ["*", "*", "?", "*"]
    # An hour apart, as SweepFailedAlarm counts, and none of them in an hour that a change of clocks skips or doubles.
    first, *others = [int(hour) for hour in hours.split(",")]
    assert first > 3
    assert others == [first + 1, first + 2]
    assert schedule["ScheduleExpressionTimezone"] == {"Ref": "SweepTimeZone"}
    target = schedule["Target"]
    assert (target["Arn"], target["Input"]) == ({"Ref": "SweepScheduleDoor"}, "{}")
    assert arn_of(target["RoleArn"]) == "SweepNightlyRole"
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert arn_of(target["DeadLetterConfig"]["Arn"]) == "SweepDeadLetters"


def test_a_request_by_http_is_signed_throttled_and_goes_to_invite(template):
    route, = template.of_type("AWS::ApiGatewayV2::Route").values()
    assert (route["RouteKey"], route["AuthorizationType"]) == ("POST /invitations", "AWS_IAM")
    integration, = template.of_type("AWS::ApiGatewayV2::Integration").values()
    assert (integration["IntegrationUri"], integration["PayloadFormatVersion"]) == ({"Ref": "InviteApiDoor"}, "2.0")
    # An upgrade would otherwise send requests to a door that the API may not open yet.
    assert template.resources["InvitationsIntegration"]["DependsOn"] == "InvitationsPermission"
    stage, = template.of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 10
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] <= 20


def test_sweeps_do_not_pile_up(template):
    reserved = template.properties("Sweep")["ReservedConcurrentExecutions"]
    assert reserved == {"Fn::If": [
        "ReservesConcurrency", {"Ref": "SweepReservedConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert template.parameters["SweepReservedConcurrency"]["Default"] == 2


@pytest.mark.parametrize("function", ["CloseProject", "Sweep"])
def test_a_chain_of_continuations_is_bounded_by_lanyard_and_not_cut_off_by_lambda(template, function):
    # Lambda stops what looks like a loop after some sixteen rounds; a run may go on in twenty-four continuations.
    assert template.properties(function)["RecursiveLoop"] == "Allow"


def test_what_never_continues_itself_is_stopped_if_it_loops(template):
    assert template.properties("Invite").get("RecursiveLoop", "Terminate") == "Terminate"
