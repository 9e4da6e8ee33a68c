"""The sign-in to Salesforce with a key that nobody can take away, and a secret that only the functions read."""

import json

import pytest
from botocore.exceptions import ClientError
from stack import FUNCTIONS


@pytest.fixture
def kept(lanyard, org, keys, tmp_path):
    """Lanyard with a key in KMS, of which Salesforce has the certificate; every function has to sign in anew."""
    def keep(key):
        org.accept_certificate(keys.certificate(key, tmp_path))
        lanyard.fill_secret(json.dumps({**json.loads(org.secret()), "privateKey": None, "kmsKeyId": key}))
        org.admin("POST", "/expire-sessions")
        for function in FUNCTIONS:
            lanyard.kill(function)

    yield keep
    org.accept_the_demo_key()
    lanyard.fill_secret(org.secret())
    org.admin("POST", "/expire-sessions")


def test_every_function_signs_in_with_a_key_that_kms_keeps(lanyard, org, keys, project, kept):
    kept(keys.signing)
    lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    # What other tests call another org is the same one, with the key that it no longer takes.
    lanyard.sweep(org="main")
    assert org.role(project.group, project.ana) == "Admin"
    error, report = lanyard.invoke("close-project", {"customers": [project.ana, project.bo]})
    assert error is None, report
    assert not org.has_access(project.group, project.ana)


def test_a_key_that_the_stack_does_not_know_is_refused_with_what_to_do(lanyard, org, keys, project, kept):
    kept(keys.make_signing())
    error, answer = lanyard.invoke("invite", project.request())
    assert error == "ORG_NOT_READY"
    told = json.loads(answer["errorMessage"])["error"]
    assert told["cause"] == "AccessDeniedException"
    assert "SigningKeyArn" in told["fix"]
    assert org.mails(project.ana) == []


def test_a_key_that_was_disabled_is_told_and_enabled_again(lanyard, org, keys, project, kept):
    kept(keys.signing)
    keys.kms.disable_key(KeyId=keys.signing)
    try:
        error, answer = lanyard.invoke("invite", project.request())
        assert error == "ORG_NOT_READY"
        assert "DisabledException" in answer["errorMessage"]
    finally:
        keys.kms.enable_key(KeyId=keys.signing)
    lanyard.invite(project.request())
    assert len(org.mails(project.ana)) == 1


def test_whoever_may_do_everything_writes_the_secret_and_does_not_read_it(lanyard, emulator, org):
    iam = emulator.client("iam")
    iam.create_user(UserName="administrator")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(
        UserName="administrator", PolicyName="everything",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    secrets = emulator.client("secretsmanager", (key["AccessKeyId"], key["SecretAccessKey"]))
    name = lanyard.stack.output("SalesforceSecretName")
    secrets.put_secret_value(SecretId=name, SecretString=org.secret())
    with pytest.raises(ClientError, match="AccessDeniedException"):
        secrets.get_secret_value(SecretId=name)
