"""A deployed Lanyard as its users see it: through its front doors, and by the events that it emits."""

import contextlib
import functools
import itertools
import json
import os
import urllib.error
import urllib.request
from pathlib import Path

from boto3.dynamodb.types import TypeDeserializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from emulator import REGION, ROOT_KEY
from jsonschema import Draft4Validator
from processes import freeze_all, kill_all
from stack import FUNCTIONS, Stack
from waiting import PATIENCE_SECONDS, wait_for

# For tests that wait until a message comes again.
SOON_SECONDS = 4
# A message of a queue is in one of these: it can be taken, waits out its delay, or is under way.
COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible"]
SOURCE = "corp.projects"
SCHEMAS = Path(__file__).parent.parent / "schemas"

_numbers = itertools.count(1)


@functools.cache
def schema_of(detail_type):
    """The schema that consumers of this event are promised."""
    path = SCHEMAS / f"{detail_type.lower().replace(' ', '-')}.json"
    return Draft4Validator(json.loads(path.read_text()))


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


def stack_of_its_own(emulator, name, binaries, **parameters):
    """A Lanyard that shares nothing with the others of the account."""
    return Lanyard(Stack(
        emulator, name, binaries,
        **{"LedgerTable": f"{name}-ledger", "EventBus": name, "SalesforceSecretPrefix": f"{name}/", **parameters},
    ))


class Lanyard:
    """The front doors of one stack."""

    def __init__(self, stack):
        self.stack = stack
        self.emulator = stack.emulator
        self.functions = self.emulator.client("lambda")
        self.queues = self.emulator.client("sqs")
        self.bus = self.emulator.client("events")
        self.events = []
        self._sleep_at_night()
        self._tap = self._listen()

    # Setting up

    def fill_secret(self, value, org="main"):
        """Puts a value into an org's secret."""
        secrets = self.emulator.client("secretsmanager")
        secrets.put_secret_value(SecretId=f"{self.stack.parameters['SalesforceSecretPrefix']}{org}", SecretString=value)

    def _sleep_at_night(self):
        """Switches the nightly sweep off: what a test sees must not hang on the hour at which it runs."""
        scheduler = self.emulator.client("scheduler")
        nightly = scheduler.get_schedule(Name=f"{self.stack.name}-sweep-nightly")
        names = ["Name", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target"]
        kept = {name: nightly[name] for name in names}
        scheduler.update_schedule(**kept, State="DISABLED")

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

    # The ledger, as an auditor reads it

    def history(self, grant):
        """The entries of a grant, oldest first."""
        return self._partition(f"grant#{grant}")

    def subject(self, email, org="main"):
        """What stands for a person in evidence."""
        person, = self._partition(f"person#{org}#{email}")
        return person["subject"]

    def _partition(self, key):
        table = self.stack.output("LedgerTableName")
        answer = self.emulator.client("dynamodb").query(
            TableName=table, KeyConditionExpression="pk = :key", ExpressionAttributeValues={":key": {"S": key}},
        )
        read = TypeDeserializer().deserialize
        return [{name: read(value) for name, value in item.items()} for item in answer["Items"]]

    # The front doors

    def invoke(self, function, payload, door="operator"):
        """An invocation by a door: the function error's type or nothing, and the answer."""
        name = self.stack.function(function)
        # Versions before this one had no doors.
        aliases = [it["Name"] for it in self.functions.list_aliases(FunctionName=name)["Aliases"]]
        qualifier = {"Qualifier": door} if aliases and door else {}
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(payload), **qualifier)
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
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=PATIENCE_SECONDS) as answer:
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

    def emitted(self, detail_type, count=1, **detail):
        """The events of a type, about what `detail` says, once there are as many as expected."""
        def look():
            self._collect()
            seen = [
                event for event in self.events
                if event["detail-type"] == detail_type
                and all(event["detail"].get(name) == value for name, value in detail.items())
            ]
            return seen if len({event["detail"]["id"] for event in seen}) >= count else None
        return wait_for(f"{count} x {detail_type} {detail}", look)

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

    def dead_letter(self, function, text):
        """Takes the dead letter with this text out of a function's dead-letter queue."""
        return self.message(f"{function}DeadLettersUrl", text)

    def message(self, output, text):
        """Takes the message with this text out of a queue that no function works on."""
        url = self.queue(output)

        def look():
            answer = self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1)
            for message in answer.get("Messages", []):
                if text in message["Body"]:
                    self.queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    return message["Body"]
            return None
        return wait_for(f"a message with {text} in {output}", look)

    def redrive(self, function, body):
        """What the redrive of a dead-letter queue does: the message goes back to the queue that it came from."""
        self.queues.send_message(QueueUrl=self.queue(f"{function}QueueUrl"), MessageBody=body)

    def counts(self, output):
        """How many messages of a queue can be taken, wait out their delay, and are under way."""
        answer = self.queues.get_queue_attributes(QueueUrl=self.queue(output), AttributeNames=COUNTS)
        return [int(answer["Attributes"][name]) for name in COUNTS]

    def rest(self):
        """Waits until nothing is under way any more: every queue that a function works on is empty."""
        outputs = [f"{function}QueueUrl" for function in FUNCTIONS.values()]
        wait_for("empty queues", lambda: not any(sum(self.counts(it)) for it in outputs))

    def logs(self, function):
        """Every line that a function itself logged, read back from its log group."""
        return [line for line in self.log_group(function) if line.startswith("{")]

    def logged(self, what, look, *functions):
        """Looks into the log groups of functions until there is something to see.

        The emulator collects what a function has written for a moment after its answer, and what comes later when the
        function is invoked the next time. So they are invoked, with an empty batch, until everything has been collected.
        """
        def look_again():
            seen = look()
            if not seen:
                for function in functions:
                    self.invoke(function, {"Records": []}, door="queue")
            return seen
        return wait_for(what, look_again)

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

    def soon_again(self, function):
        """For a while a message that a function is not done with comes again after seconds, not after half an hour."""
        return self.queue_with(f"{function}QueueUrl", VisibilityTimeout=SOON_SECONDS)

    def fewer_tries(self, function, count):
        """For a while a function's queue gives a message up after so many tries."""
        url = self.queue(f"{function}QueueUrl")
        answer = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = {**json.loads(answer["Attributes"]["RedrivePolicy"]), "maxReceiveCount": count}
        return self.queue_with(f"{function}QueueUrl", RedrivePolicy=json.dumps(policy))

    def kill(self, function):
        """Ends every process of a function at once, as a crash does; returns how many there were."""
        return kill_all(self._environment(function))

    def freeze(self, function):
        """Stops every process of a function in the middle of what it does, until the platform's patience ends."""
        return freeze_all(self._environment(function))

    def _environment(self, function):
        """What only processes of this function have in their environment."""
        return {"AWS_LAMBDA_FUNCTION_NAME": self.stack.function(function), "AWS_ENDPOINT_URL": self.emulator.url}
