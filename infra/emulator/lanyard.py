"""A deployed Lanyard as its users see it: through its front doors, and by the events that it emits."""

import base64
import contextlib
import functools
import itertools
import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from emulator import REGION, ROOT_KEY
from jsonschema import Draft4Validator

# As short as the functions' answers allow: a test waits for a message to come again, and not for half an hour.
VISIBILITY_SECONDS = 4
SOURCE = "corp.projects"
SCHEMAS = Path(__file__).parent.parent / "schemas"

_numbers = itertools.count(1)


@functools.cache
def schema_of(detail_type):
    """The schema that consumers of this event are promised."""
    path = SCHEMAS / f"{detail_type.lower().replace(' ', '-')}.json"
    return Draft4Validator(json.loads(path.read_text()))


def wait_for(what, look, seconds=60):
    """Looks until there is something to see."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"not seen within {seconds} s: {what}")
        time.sleep(0.2)


class Project:
    """A project with a group and addresses that no other test uses."""

    def __init__(self):
        number = f"{os.getpid()}-{next(_numbers)}"
        self.id = f"P-{number}"
        self.group = f"Group {number}"
        self.ana = f"ana-{number}@acme.example"
        self.bo = f"bo-{number}@acme.example"

    def request(self, *customers, **changes):
        """An invitation request; without customers it is for a manager and a member."""
        invited = list(customers) or [{"email": self.ana, "role": "manager"}, {"email": self.bo}]
        return {
            "project": {"id": self.id, "name": f"Project {self.id}"},
            "group": {"name": self.group},
            "customers": invited,
            "sponsor": "kim@corp.example",
            "reason": "joint delivery",
            "days": 30,
            **changes,
        }


class Lanyard:
    """The front doors of one stack."""

    def __init__(self, stack):
        self.stack = stack
        self.emulator = stack.emulator
        self.functions = self.emulator.client("lambda")
        self.queues = self.emulator.client("sqs")
        self.bus = self.emulator.client("events")
        self.events = []
        self._shorten_waits()
        self._tap = self._listen()

    # Setting up

    def fill_secret(self, value, org="main"):
        """Puts a value into an org's secret."""
        secrets = self.emulator.client("secretsmanager")
        secrets.put_secret_value(SecretId=f"{self.stack.parameters['SalesforceSecretPrefix']}{org}", SecretString=value)

    def _shorten_waits(self):
        for name in ["CloseProject", "Invite", "Sweep"]:
            self.queues.set_queue_attributes(
                QueueUrl=self.queue(f"{name}QueueUrl"),
                Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)},
            )

    def _listen(self):
        """A queue that gets a copy of every event on the bus."""
        name = f"{self.stack.name}-tap"
        url = self.queues.create_queue(QueueName=name)["QueueUrl"]
        attributes = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        bus = self.stack.output("EventBusName")
        self.bus.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": ["lanyard"]}))
        target = {"Id": "tap", "Arn": attributes["Attributes"]["QueueArn"]}
        self.bus.put_targets(Rule=name, EventBusName=bus, Targets=[target])
        return url

    def queue(self, output):
        """The address of a queue, by the name of its output."""
        return self.stack.output(output)

    def queue_policies(self):
        """Which queues the policy of each of the stack's queues names, by the ARN of the queue."""
        named = {}
        for output, url in self.stack.outputs.items():
            if output.endswith(("QueueUrl", "DeadLettersUrl", "EventsUrl")):
                answer = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "Policy"])
                policy = json.loads(answer["Attributes"].get("Policy", '{"Statement": []}'))
                named[answer["Attributes"]["QueueArn"]] = [it["Resource"] for it in policy["Statement"]]
        return named

    # The front doors

    def invoke(self, function, payload):
        """A direct invocation: the function error's type or nothing, and the answer."""
        answer = self.functions.invoke(
            FunctionName=self.stack.function(function), Payload=json.dumps(payload), LogType="Tail",
        )
        self.log = base64.b64decode(answer.get("LogResult", "")).decode()
        body = json.load(answer["Payload"])
        if answer.get("FunctionError"):
            return body["errorType"], body
        return None, body

    def invite(self, request):
        """A request by direct invocation, which must succeed."""
        error, answer = self.invoke("invite", request)
        assert error is None and "error" not in answer, answer
        return answer

    def sweep(self, **options):
        """A sweep by hand, which must succeed."""
        error, report = self.invoke("sweep", options)
        assert error is None, report
        return report

    def post(self, request, key=ROOT_KEY):
        """`POST /invitations`: status and body. Without a key the request is not signed."""
        api = self.stack.output("InvitationsUrl").split("//")[1].split(".")[0]
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        url = f"{self.emulator.url}/_aws/execute-api/{api}/$default/invitations"
        headers = {"Content-Type": "application/json"}
        if key:
            signed = AWSRequest("POST", url, data=body, headers=headers)
            SigV4Auth(Credentials(*key), "execute-api", REGION).add_auth(signed)
            headers = dict(signed.headers)
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def put_event(self, detail_type, detail, source=SOURCE):
        """An event of an upstream system."""
        entry = {
            "Source": source, "DetailType": detail_type, "EventBusName": self.stack.output("EventBusName"),
            "Detail": detail if isinstance(detail, str) else json.dumps(detail),
        }
        answer = self.bus.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer
        return answer["Entries"][0]["EventId"]

    def close(self, project, **detail):
        """The upstream system says that a project closed."""
        self.put_event("Project Closed", {"projectId": project.id, **detail})

    # What comes out

    def emitted(self, detail_type, seconds=60, count=1, **detail):
        """The events of a type, about what `detail` says, once there are as many as expected."""
        def look():
            self._collect()
            seen = [
                event for event in self.events
                if event["detail-type"] == detail_type
                and all(event["detail"].get(name) == value for name, value in detail.items())
            ]
            return seen if len({event["detail"]["id"] for event in seen}) >= count else None
        return wait_for(f"{count} x {detail_type} {detail}", look, seconds)

    def _collect(self):
        while True:
            answer = self.queues.receive_message(QueueUrl=self._tap, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return
            for message in messages:
                event = json.loads(message["Body"])
                schema_of(event["detail-type"]).validate(event)
                self.events.append(event)
                self.queues.delete_message(QueueUrl=self._tap, ReceiptHandle=message["ReceiptHandle"])

    def dead_letter(self, function, text, seconds=90):
        """Takes the dead letter with this text out of a function's dead-letter queue."""
        url = self.queue(f"{function}DeadLettersUrl")

        def look():
            answer = self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1)
            for message in answer.get("Messages", []):
                if text in message["Body"]:
                    self.queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    return message["Body"]
            return None
        return wait_for(f"a dead letter of {function} with {text}", look, seconds)

    def redrive(self, function, body):
        """What the redrive of a dead-letter queue does: the message goes back to the queue that it came from."""
        self.queues.send_message(QueueUrl=self.queue(f"{function}QueueUrl"), MessageBody=body)

    def waiting(self, output):
        """How many messages a queue holds, those under way included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.queues.get_queue_attributes(QueueUrl=self.queue(output), AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def logs(self, function):
        """Every line that a function itself logged, read back from its log group."""
        return [line for line in self.log_group(function) if line.startswith("{")]

    def log_group(self, function):
        """Every line in a function's log group, the platform's own included."""
        logs = self.emulator.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self.stack.function(function)}",
        )
        return [line for page in pages for event in page["events"] for line in event["message"].splitlines()]

    # The function itself

    @contextlib.contextmanager
    def timeout(self, function, seconds):
        """For a while a function has another time-out."""
        name = self.stack.function(function)
        before = self.functions.get_function_configuration(FunctionName=name)["Timeout"]
        self.functions.update_function_configuration(FunctionName=name, Timeout=seconds)
        try:
            yield
        finally:
            with contextlib.suppress(self.functions.exceptions.ResourceNotFoundException):
                self.functions.update_function_configuration(FunctionName=name, Timeout=before)

    @contextlib.contextmanager
    def queue_with(self, output, **attributes):
        """For a while a queue has other attributes."""
        url = self.queue(output)
        answer = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=list(attributes))
        before = {name: answer["Attributes"].get(name, "0") for name in attributes}
        changed = {name: str(value) for name, value in attributes.items()}
        self.queues.set_queue_attributes(QueueUrl=url, Attributes=changed)
        try:
            yield
        finally:
            self.queues.set_queue_attributes(QueueUrl=url, Attributes=before)

    def fewer_tries(self, function, count):
        """For a while a function's queue gives a message up after so many tries."""
        url = self.queue(f"{function}QueueUrl")
        answer = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = {**json.loads(answer["Attributes"]["RedrivePolicy"]), "maxReceiveCount": count}
        return self.queue_with(f"{function}QueueUrl", RedrivePolicy=json.dumps(policy))

    def kill(self, function):
        """Ends every process of a function at once, as a crash does; returns how many there were."""
        return self._signal(function, signal.SIGKILL)

    def freeze(self, function):
        """Stops every process of a function in the middle of what it does, until the platform's patience ends."""
        return self._signal(function, signal.SIGSTOP)

    def _signal(self, function, number):
        mark = f"AWS_LAMBDA_FUNCTION_NAME={self.stack.function(function)}".encode()
        endpoint = f"AWS_ENDPOINT_URL={self.emulator.url}".encode()
        reached = 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes().split(b"\0")
                if mark in environment and endpoint in environment:
                    os.kill(int(process.name), number)
                    reached += 1
            except OSError:
                # Another user's process, or one that has just ended.
                continue
        return reached
