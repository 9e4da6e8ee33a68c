"""Keys of the company's own: what they encrypt, what holds without them, and who reads the secret."""

import json
import re
from fnmatch import fnmatchcase

import pytest
from conftest import INFRA, with_choices

KEY = {"Ref": "KmsKeyArn"}
ARN = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def of_type(template, kind, uses_key):
    """The properties of every resource of a type, with the key or without one."""
    return {name: with_choices(it, UsesKey=uses_key) for name, it in template.of_type(kind).items()}


@pytest.mark.parametrize(("uses_key", "expected"), [
    (True, {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}),
    (False, {"SSEEnabled": True}),
])
def test_the_ledger_is_encrypted_with_the_key_that_is_given(template, uses_key, expected):
    ledger, = of_type(template, "AWS::DynamoDB::Table", uses_key).values()
    assert ledger["SSESpecification"] == expected


def test_every_queue_is_encrypted_with_the_key_that_is_given_and_never_twice(template):
    encryption = {"SqsManagedSseEnabled", "KmsMasterKeyId"}
    for uses_key, expected in [(True, {"KmsMasterKeyId": KEY}), (False, {"SqsManagedSseEnabled": True})]:
        queues = of_type(template, "AWS::SQS::Queue", uses_key)
        assert len(queues) == 8
        for name, it in queues.items():
            assert {field: it[field] for field in encryption & it.keys()} == expected, name


@pytest.mark.parametrize("kind", ["AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"])
def test_every_log_group_and_the_secret_are_encrypted_with_the_key_that_is_given(template, kind):
    assert {it.get("KmsKeyId", "none") == KEY for it in of_type(template, kind, True).values()} == {True}
    assert {it.get("KmsKeyId", "none") for it in of_type(template, kind, False).values()} == {"none"}


def test_alarms_get_out_whatever_becomes_of_the_key(template):
    topic, = template.of_type("AWS::SNS::Topic").values()
    assert "KmsMasterKeyId" not in topic


@pytest.mark.parametrize("parameter", ["KmsKeyArn", "SigningKeyArn"])
def test_a_key_is_optional_and_named_by_its_arn(template, parameter):
    properties = template.parameters[parameter]
    assert properties["Default"] == ""
    fits = re.compile(properties["AllowedPattern"]).fullmatch
    assert fits("") and fits(ARN) and fits(ARN.replace("arn:aws:", "arn:aws-us-gov:"))
    # A policy that names an alias allows nothing, and a pattern would allow too much.
    for wrong in ("alias/lanyard", ARN.replace(":key/", ":alias/"), f"{ARN}*", f"{ARN} ", "*"):
        assert not fits(wrong), wrong


def test_nobody_but_the_functions_reads_the_secret(template):
    assert template.parameters["GuardSecret"]["Default"] == "true"
    policy, = template.of_type("AWS::SecretsManager::ResourcePolicy").values()
    assert policy["SecretId"] == {"Ref": "SalesforceSecret"}
    assert policy["BlockPublicPolicy"] is True
    statement, = policy["ResourcePolicy"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", "*", "*")
    # To write and to delete it is not forbidden: that is how people fill it, and the stack goes.
    assert statement["Action"] == "secretsmanager:GetSecretValue"
    roles = [it["Role"] for it in template.of_type("AWS::Lambda::Function").values()]
    assert len(roles) == 3
    assert list(statement["Condition"]) == ["ArnNotEquals"]
    assert list(statement["Condition"]["ArnNotEquals"]) == ["aws:PrincipalArn"]
    readers = statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert sorted(map(str, readers)) == sorted(map(str, roles))


def test_the_key_policy_that_people_copy_lets_the_rules_send_and_every_group_be_written(template):
    text, = re.findall(r"```json\n(\{\n  \"Version.*?)```", (INFRA / "README.md").read_text(), re.DOTALL)
    account, rules, logs = json.loads(text)["Statement"]
    # Roles, and whoever deploys, are allowed by IAM; without this nobody could change the key any more.
    assert (account["Principal"]["AWS"][-5:], account["Action"]) == (":root", "kms:*")
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    assert sorted(rules["Action"]) == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert logs["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    written = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    for group in template.of_type("AWS::Logs::LogGroup").values():
        name = group["LogGroupName"]["Fn::Sub"].replace("${AWS::StackName}", "lanyard")
        arn = f"arn:aws:logs:eu-central-1:123456789012:log-group:{name}"
        assert any(fnmatchcase(arn, pattern) for pattern in written), arn
