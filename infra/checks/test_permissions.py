"""Who may do what: written out a second time, so that a change of the template is a change of mind and not a slip."""

import re

import pytest
from conftest import as_list, with_choices

ROLES = ["CloseProjectRole", "InviteRole", "SweepRole", "SweepNightlyRole"]


def sub(text):
    """An ARN in this account and region."""
    return {"Fn::Sub": text}


def own(name):
    """The ARN of a resource of this stack."""
    return {"Fn::GetAtt": [name, "Arn"]}


def door(name):
    """The ARN of an alias of this stack."""
    return {"Ref": f"{name}Door"}


IN_REGION = "${AWS::Region}:${AWS::AccountId}"
LEDGER = sub(f"arn:${{AWS::Partition}}:dynamodb:{IN_REGION}:table/${{LedgerTable}}")
WHAT_IS_DUE = sub(f"arn:${{AWS::Partition}}:dynamodb:{IN_REGION}:table/${{LedgerTable}}/index/due")
SECRETS = sub(f"arn:${{AWS::Partition}}:secretsmanager:{IN_REGION}:secret:${{SalesforceSecretPrefix}}*")
BUS = sub(f"arn:${{AWS::Partition}}:events:{IN_REGION}:event-bus/${{EventBus}}")
KEY, SIGNING_KEY = {"Ref": "KmsKeyArn"}, {"Ref": "SigningKeyArn"}


def by(*services):
    """Use of a key by services of this region, on behalf of whoever calls them."""
    names = [sub(f"{service}.${{AWS::Region}}.amazonaws.com") for service in services]
    return {"StringEquals": {"kms:ViaService": names if len(names) > 1 else names[0]}}


# Of which statements there is a condition, where both keys are given.
OF_KEYS = {
    "Decrypt": by("dynamodb", "secretsmanager", "sqs"),
    "EncryptFailedInvocations": by("sqs"),
    "EncryptWhatCouldNotBeDelivered": by("sqs"),
    "SignIn": {"StringEqualsIfExists": {"kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}},
}


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
        "Decrypt": (["kms:Decrypt"], KEY),
        "SignIn": (["kms:Sign"], SIGNING_KEY),
    }


EXPECTED = {
    "CloseProjectRole": {
        "ReadLedger": (["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"], LEDGER),
        "KeepFailedInvocations": (["sqs:SendMessage"], own("CloseProjectDeadLetters")),
        "EncryptFailedInvocations": (["kms:GenerateDataKey"], KEY),
        **of_every_function("CloseProject"),
    },
    "InviteRole": {
        "ReadLedger": (["dynamodb:GetItem", "dynamodb:BatchGetItem"], LEDGER),
        "KeepFailedInvocations": (["sqs:SendMessage"], own("InviteDeadLetters")),
        "EncryptFailedInvocations": (["kms:GenerateDataKey"], KEY),
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
        "InvokeSweep": (["lambda:InvokeFunction"], door("SweepSchedule")),
        "KeepWhatCouldNotBeDelivered": (["sqs:SendMessage"], own("SweepDeadLetters")),
        "EncryptWhatCouldNotBeDelivered": (["kms:Decrypt", "kms:GenerateDataKey"], KEY),
    },
}


def statements(template, role, uses_key=True, signs_by_kms=True):
    """The statements of a role's only policy, as a rule with both keys given."""
    properties = template.properties(role)
    assert "ManagedPolicyArns" not in properties
    policy, = properties["Policies"]
    return with_choices(policy["PolicyDocument"]["Statement"], UsesKey=uses_key, SignsByKms=signs_by_kms)


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
def test_a_role_may_use_the_keys_that_are_given_and_no_others(template, role):
    def of_keys(**given):
        actions = {it["Sid"]: as_list(it["Action"]) for it in statements(template, role, **given)}
        return {sid for sid, its in actions.items() if any(it.startswith("kms:") for it in its)}

    expected = EXPECTED[role].keys() & OF_KEYS.keys()
    assert of_keys() == expected
    assert of_keys(uses_key=False) == expected & {"SignIn"}
    assert of_keys(signs_by_kms=False) == expected - {"SignIn"}
    assert of_keys(uses_key=False, signs_by_kms=False) == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_key_is_used_through_the_services_that_need_it_and_for_the_one_algorithm(template, role):
    conditions = {it["Sid"]: it["Condition"] for it in statements(template, role) if it["Sid"] in OF_KEYS}
    assert conditions == {sid: OF_KEYS[sid] for sid in conditions}
    assert conditions


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
    given = statements(template, role, uses_key=False, signs_by_kms=False)
    conditions = {it["Sid"]: it["Condition"] for it in given if "Condition" in it}
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


def test_only_the_api_may_invoke_by_resource_policy_and_only_its_own_door(template):
    permission, = template.of_type("AWS::Lambda::Permission").values()
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["FunctionName"] == door("InviteApi")
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${InvitationsApi}/$default/POST/invitations")


def bus_policy(template, name):
    """What a statement of the policy of the stack's own bus denies, and to whom not."""
    resource = template.resources[name]
    statement = resource["Properties"]["Statement"]
    assert resource["Properties"]["EventBusName"] == {"Ref": "Bus"}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "events:PutEvents")
    assert statement["Resource"] == own("Bus")
    # A request may hold events of several sources: one of them is enough. Who has no principal is nobody of the list.
    assert set(statement["Condition"]) == {"ForAnyValue:StringEquals", "ArnNotEquals"}
    sources = statement["Condition"]["ForAnyValue:StringEquals"]
    principals = statement["Condition"]["ArnNotEquals"]
    assert (set(sources), set(principals)) == ({"events:source"}, {"aws:PrincipalArn"})
    return resource["Condition"], sources["events:source"], principals["aws:PrincipalArn"]


def test_only_the_functions_emit_as_lanyard_on_the_stacks_own_bus(template):
    roles = [own(f"{function}Role") for function in ("CloseProject", "Invite", "Sweep")]
    assert bus_policy(template, "OwnSourcePolicy") == ("CreatesEventBus", "lanyard", roles)


def test_only_trusted_emitters_emit_as_trusted_sources_where_any_are_named(template):
    expected = ("HasEmitters", {"Ref": "TrustedSources"}, {"Ref": "TrustedEmitters"})
    assert bus_policy(template, "TrustedSourcesPolicy") == expected
    assert template.conditions["HasEmitters"] == {"Fn::And": [
        {"Condition": "CreatesEventBus"},
        {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "TrustedEmitters"}]}, ""]}]},
    ]}


def test_the_policy_of_the_bus_says_nothing_else(template):
    assert set(template.of_type("AWS::Events::EventBusPolicy")) == {"OwnSourcePolicy", "TrustedSourcesPolicy"}


def test_lanyard_is_no_trusted_source(template):
    pattern = template.parameters["TrustedSources"]["AllowedPattern"]
    assert re.fullmatch(pattern, "corp.projects")
    assert re.fullmatch(pattern, "lanyard.of.another")
    assert not re.fullmatch(pattern, "lanyard")
