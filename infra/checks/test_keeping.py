"""What the stack keeps, how long, and how the functions are run."""

import json
import tomllib

import pytest
from conftest import INFRA, arn_of

FUNCTIONS = {"CloseProject": "close-project", "Invite": "invite", "Sweep": "sweep"}


def test_the_ledger_survives_whatever_becomes_of_the_stack(template):
    ledger = template.resources["Ledger"]
    assert (ledger["DeletionPolicy"], ledger["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = ledger["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    # The clock of access is the caller's, never the table's.
    assert "TimeToLiveSpecification" not in properties


def test_the_secret_is_created_empty_and_says_what_to_put_in(template):
    secret, = template.of_type("AWS::SecretsManager::Secret").values()
    assert not {"SecretString", "GenerateSecretString"} & set(secret)
    for field in ("loginUrl", "clientId", "username", "privateKey", "kmsKeyId", "audience", "apiVersion"):
        assert field in secret["Description"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_run_as_documented(template, function):
    properties = template.properties(function)
    assert (properties["Runtime"], properties["Handler"]) == ("provided.al2023", "bootstrap")
    assert properties["Architectures"] == [{"Ref": "Architecture"}]
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["MemorySize"] == 256
    assert properties["FunctionName"] == {"Fn::Sub": f"${{AWS::StackName}}-{FUNCTIONS[function]}"}
    assert properties["Environment"]["Variables"] == {
        "LEDGER_TABLE": {"Ref": "LedgerTable"},
        "EVENT_BUS": {"Ref": "EventBus"},
        "SALESFORCE_SECRET_PREFIX": {"Ref": "SalesforceSecretPrefix"},
        "TRUSTED_SOURCES": {"Fn::Join": [",", {"Ref": "TrustedSources"}]},
        "TRUSTED_ACCOUNTS": {"Fn::Join": [",", {"Ref": "TrustedAccounts"}]},
        "POLICY": {"Ref": "Policy"},
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_json_into_its_own_group(template, function):
    logging = template.properties(function)["LoggingConfig"]
    assert logging == {"LogFormat": "JSON", "LogGroup": {"Ref": f"{function}Logs"}}


def test_a_log_group_is_a_functions_own_or_has_the_name_that_log_delivery_may_write_to(template):
    # For a group of any other name AWS adds an entry to the account's resource policy for logs, which holds 5,120
    # characters: where many stacks have done so, the stage is refused, and with it the deployment.
    functions = template.of_type("AWS::Lambda::Function").values()
    own = {it["LoggingConfig"]["LogGroup"]["Ref"]: f"/aws/lambda/{it['FunctionName']['Fn::Sub']}" for it in functions}
    names = {name: it["LogGroupName"]["Fn::Sub"] for name, it in template.of_type("AWS::Logs::LogGroup").items()}
    assert {name: it for name, it in names.items() if name in own} == own
    delivered = {name: it for name, it in names.items() if name not in own}
    assert {name: it for name, it in delivered.items() if not it.startswith("/aws/vendedlogs/")} == {}
    # And none is written to that the template does not name.
    assert ":log-group:" not in json.dumps(template.resources)


def test_logs_are_kept_as_long_as_the_parameter_says(template):
    groups = template.of_type("AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + 1
    assert all(it["RetentionInDays"] == {"Ref": "LogRetentionDays"} for it in groups.values())


def test_the_api_logs_which_principal_was_answered_what_and_no_address(template):
    stage, = template.of_type("AWS::ApiGatewayV2::Stage").values()
    settings = stage["AccessLogSettings"]
    assert arn_of(settings["DestinationArn"]) == "InvitationsLogs"
    line = json.loads(settings["Format"])
    assert {"requestId", "status", "latency"} <= set(line)
    # Of who asks the principal alone, which evidence names too: neither where from nor with what.
    identity = {name: it for name, it in line.items() if "identity" in it}
    assert identity == {"principal": "$context.identity.userArn"}


def test_whatever_takes_a_tag_is_tagged_by_the_deployment():
    # Tags of a stack go to each of its resources that takes any; written into the template they would be thirty copies.
    deploy = tomllib.loads((INFRA / "samconfig.toml").read_text())["default"]["deploy"]["parameters"]
    assert "Application=lanyard" in deploy["tags"]
