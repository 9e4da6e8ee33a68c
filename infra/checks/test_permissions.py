"""Who may do what: written out a second time, so that a change of the template is a change of mind and not a slip."""

import pytest
from conftest import as_list

ROLES = ["CloseProjectRole", "InviteRole", "SweepRole", "SweepNightlyRole"]


def sub(text):
    """An ARN in this account and region."""
    return {"Fn::Sub": text}


def own(name):
    """The ARN of a resource of this stack."""
    return {"Fn::GetAtt": [name, "Arn"]}


IN_REGION = "${AWS::Region}:${AWS::AccountId}"
LEDGER = sub(f"arn:${{AWS::Partition}}:dynamodb:{IN_REGION}:table/${{LedgerTable}}")
WHAT_IS_DUE = sub(f"arn:${{AWS::Partition}}:dynamodb:{IN_REGION}:table/${{LedgerTable}}/index/due")
SECRETS = sub(f"arn:${{AWS::Partition}}:secretsmanager:{IN_REGION}:secret:${{SalesforceSecretPrefix}}*")
BUS = sub(f"arn:${{AWS::Partition}}:events:{IN_REGION}:event-bus/${{EventBus}}")


def of_every_function(function):
    return {
        "WriteLedger": (["dynamodb:PutItem"], LEDGER),
        "WriteOutbox": (["dynamodb:BatchWriteItem", "dynamodb:DeleteItem"], LEDGER),
        "ReadSecrets": (["secretsmanager:GetSecretValue"], SECRETS),
        "EmitEvents": (["events:PutEvents"], BUS),
        "ReceiveEvents": (
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], own(f"{function}Queue"),
        ),
        "WriteLogs": (["logs:CreateLogStream", "logs:PutLogEvents"], own(f"{function}Logs")),
        "Trace": (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    }


EXPECTED = {
    "CloseProjectRole": {
        "ReadLedger": (["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"], LEDGER),
        "KeepFailedInvocations": (["sqs:SendMessage"], own("CloseProjectDeadLetters")),
        **of_every_function("CloseProject"),
    },
    "InviteRole": {
        "ReadLedger": (["dynamodb:GetItem", "dynamodb:BatchGetItem"], LEDGER),
        "KeepFailedInvocations": (["sqs:SendMessage"], own("InviteDeadLetters")),
        "CheckProject": (["dynamodb:ConditionCheckItem"], LEDGER),
        **of_every_function("Invite"),
    },
    "SweepRole": {
        "ReadLedger": (["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"], LEDGER),
        "ReadWhatIsDue": (["dynamodb:Query"], WHAT_IS_DUE),
        "CheckProject": (["dynamodb:ConditionCheckItem"], LEDGER),
        **of_every_function("Sweep"),
    },
    "SweepNightlyRole": {
        "InvokeSweep": (["lambda:InvokeFunction"], own("Sweep")),
        "KeepWhatCouldNotBeDelivered": (["sqs:SendMessage"], own("SweepDeadLetters")),
    },
}


def statements(template, role):
    """The statements of a role's only policy."""
    properties = template.properties(role)
    assert "ManagedPolicyArns" not in properties
    policy, = properties["Policies"]
    return policy["PolicyDocument"]["Statement"]


def test_there_are_no_other_roles(template):
    assert sorted(template.of_type("AWS::IAM::Role")) == sorted(ROLES)
    others = [name for name, it in template.resources.items() if it["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")]
    assert others == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_is_written_here_and_nothing_else(template, role):
    written = {
        it["Sid"]: (as_list(it["Action"]), it["Resource"])
        for it in statements(template, role)
    }
    assert written == EXPECTED[role]
    assert {it["Effect"] for it in statements(template, role)} == {"Allow"}


@pytest.mark.parametrize("role", ROLES)
def test_nobody_may_delete_the_table_or_scan_it_and_nothing_is_allowed_by_pattern(template, role):
    for statement in statements(template, role):
        for action in as_list(statement["Action"]):
            assert "*" not in action
            verb = action.split(":")[1]
            if (statement["Sid"], action) == ("WriteOutbox", "dynamodb:DeleteItem"):
                # It reaches what batches reach, and nothing else: the partitions of the statement's condition.
                assert "Condition" in statement
                continue
            assert action.split(":")[0] != "dynamodb" or not verb.startswith(
                ("Scan", "Delete", "UpdateItem", "UpdateTable", "CreateTable", "PartiQL", "Restore", "Export")
            ), action
        # X-Ray has nothing finer.
        assert statement["Resource"] != "*" or statement["Sid"] == "Trace"


@pytest.mark.parametrize(("role", "partitions"), [
    ("CloseProjectRole", ["announcement#*"]), ("InviteRole", ["announcement#*"]), ("SweepRole", ["announcement#*", "hold#*", "ungoverned#*"]),
])
def test_what_can_delete_reaches_the_outbox_and_only_sweep_lifts_a_hold_or_forgets_a_finding(template, role, partitions):
    conditions = {it["Sid"]: it["Condition"] for it in statements(template, role) if "Condition" in it}
    assert conditions == {
        "WriteOutbox": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions}},
        "EmitEvents": {"ForAllValues:StringEquals": {"events:source": "lanyard"}},
    }


@pytest.mark.parametrize(("role", "service"), [
    ("CloseProjectRole", "lambda"), ("InviteRole", "lambda"), ("SweepRole", "lambda"), ("SweepNightlyRole", "scheduler"),
])
def test_a_role_is_for_one_service(template, role, service):
    statement, = template.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


def test_each_function_has_its_own_role(template):
    roles = {name: it["Role"] for name, it in template.of_type("AWS::Lambda::Function").items()}
    assert roles == {name: own(f"{name}Role") for name in ("CloseProject", "Invite", "Sweep")}


def test_only_the_api_may_invoke_by_resource_policy(template):
    permission, = template.of_type("AWS::Lambda::Permission").values()
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["FunctionName"] == {"Ref": "Invite"}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${InvitationsApi}/$default/POST/invitations")
