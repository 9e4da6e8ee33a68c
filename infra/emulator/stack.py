"""Deploys the template as it stands, with binaries that are already built."""

import copy
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
ARTIFACTS = "artifacts"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
# Logical names of the functions by the names of their binaries.
FUNCTIONS = {"close-project": "CloseProject", "invite": "Invite", "sweep": "Sweep"}
PARAMETERS = {
    "TrustedSources": "corp.projects",
    "NoticesEmail": "platform@corp.example",
    "Policy": json.dumps({"maximumEndsPerRun": 20}),
    "SalesforceSecretPrefix": "lanyard/salesforce/",
    # The emulator has no EventBridge Schemas.
    "RegisterSchemas": "false",
    # It makes no policy of a secret from a template, so that is done by hand below.
    "GuardSecret": "false",
}


def template(path=TEMPLATE):
    """A template as data."""
    return yaml_parse(path.read_text())


def without(source, what):
    """The template without one thing: a resource, a statement of a function's role, or one action of such a statement."""
    changed = copy.deepcopy(source)
    function, *rest = what.split("/")
    if not rest:
        del changed["Resources"][function]
        return changed
    sid, action = rest if len(rest) == 2 else (rest[0], None)
    entries = _entries_of(changed, function)
    entry, = [it for it in entries if _statement(it)["Sid"] == sid]
    if action is None:
        entries.remove(entry)
    else:
        _statement(entry)["Action"].remove(action)
    return changed


def statements_of(source, function):
    """What a function's role allows, with all that is optional."""
    return [_statement(it) for it in _entries_of(source, function)]


def _entries_of(source, function):
    role = source["Resources"][f"{FUNCTIONS[function]}Role"]["Properties"]
    return role["Policies"][0]["PolicyDocument"]["Statement"]


def _statement(entry):
    """A statement that is there on a condition is the first of two branches, and the other one is nothing."""
    return entry["Fn::If"][1] if "Fn::If" in entry else entry


class Stack:
    """A deployed stack."""

    def __init__(self, emulator, name, binaries, source=None, **parameters):
        self.emulator = emulator
        self.name = name
        self.parameters = {**PARAMETERS, **parameters}
        self._change("create_stack", binaries, source)

    def update(self, binaries, source=None, **parameters):
        """Deploys other binaries, another template or other parameters over what is there."""
        self.parameters.update(parameters)
        self._change("update_stack", binaries, source)

    def delete(self):
        """Deletes the stack; what is to be retained stays."""
        self.emulator.client("cloudformation").delete_stack(StackName=self.name)
        self._settle()

    def output(self, key):
        """One output of the stack."""
        return self.outputs[key]

    def function(self, name):
        """The full name of a function."""
        return f"{self.name}-{name}"

    def _change(self, operation, binaries, source):
        source = source or template()
        body = self._with_code(source, binaries)
        cloudformation = self.emulator.client("cloudformation")
        bucket, key = ARTIFACTS, f"{self.name}.template"
        s3 = self.emulator.client("s3")
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(body, default=str))
        getattr(cloudformation, operation)(
            StackName=self.name,
            TemplateURL=f"{self.emulator.url}/{bucket}/{key}",
            Capabilities=CAPABILITIES,
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in self.parameters.items()
                # The version before has not all of them.
                if name in source["Parameters"]
            ],
        )
        description = self._settle()
        if not description["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in description["StackStatus"]:
            events = cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
            failed = [
                f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
                for event in events if "FAILED" in event["ResourceStatus"]
            ]
            raise RuntimeError(f"{self.name}: {description['StackStatus']}: {failed}")
        self.outputs = {it["OutputKey"]: it["OutputValue"] for it in description.get("Outputs", [])}
        self._guard_secret(source)

    def _guard_secret(self, source):
        """Puts the policy of the secret, as the template has it."""
        policy = source["Resources"].get("SalesforceSecretPolicy", {}).get("Properties")
        if policy is None:
            return

        def arns(value):
            if isinstance(value, list):
                return [arns(it) for it in value]
            if not isinstance(value, dict):
                return value
            if "Fn::GetAtt" in value:
                return self._sessions_of(value["Fn::GetAtt"][0])
            return {name: arns(it) for name, it in value.items()}

        self.emulator.client("secretsmanager").put_resource_policy(
            SecretId=self._physical(policy["SecretId"]["Ref"]),
            ResourcePolicy=json.dumps(arns(policy["ResourcePolicy"])),
            BlockPublicPolicy=policy["BlockPublicPolicy"],
        )

    def _sessions_of(self, role):
        """Whoever has one of the stack's roles. As `aws:PrincipalArn` AWS looks at the role, the emulator at the session."""
        arn = self.emulator.client("iam").get_role(RoleName=self._physical(role))["Role"]["Arn"]
        return f"{arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/*"

    def _physical(self, logical_name):
        cloudformation = self.emulator.client("cloudformation")
        answer = cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_name)
        return answer["StackResourceDetail"]["PhysicalResourceId"]

    def _settle(self):
        cloudformation = self.emulator.client("cloudformation")
        while True:
            try:
                description = cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
            except cloudformation.exceptions.ClientError as error:
                if "does not exist" in str(error):
                    return None
                raise
            if not description["StackStatus"].endswith("_IN_PROGRESS"):
                return description
            time.sleep(0.1)

    def _with_code(self, source, binaries):
        """What `sam package` does: the code goes to a bucket, and the template says where it is."""
        packaged = copy.deepcopy(source)
        s3 = self.emulator.client("s3")
        if ARTIFACTS not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
            location = {"LocationConstraint": s3.meta.region_name}
            s3.create_bucket(Bucket=ARTIFACTS, CreateBucketConfiguration=location)
        for binary, logical_name in FUNCTIONS.items():
            archive = _archive(binaries(binary))
            key = hashlib.sha256(archive).hexdigest()
            s3.put_object(Bucket=ARTIFACTS, Key=key, Body=archive)
            packaged["Resources"][logical_name]["Properties"]["CodeUri"] = f"s3://{ARTIFACTS}/{key}"
        return packaged


def _archive(binary: Path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, binary.read_bytes())
    return buffer.getvalue()
