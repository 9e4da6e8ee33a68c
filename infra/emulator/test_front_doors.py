"""Every way into the deployed stack, and what comes out of it."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from lanyard import stack_of_its_own
from waiting import wait_for


@pytest.fixture(scope="module")
def caller(emulator, deployed):
    """Makes users: one who may post invitations, as the stack's output says, and others who may not."""
    iam = emulator.client("iam")

    def make(name, *resources):
        iam.create_user(UserName=name)
        if resources:
            statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": list(resources)}
            iam.put_user_policy(
                UserName=name, PolicyName="post-invitations",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]
    return make


def test_a_signed_request_invites(lanyard, org, project, caller):
    portal = caller("portal", lanyard.stack.output("InvitationsArn"))
    status, answer = lanyard.post(project.request(), portal)
    assert status == 200, answer
    assert [it["outcome"] for it in answer["customers"]] == ["invited", "invited"]
    assert [len(org.mails(it)) for it in (project.ana, project.bo)] == [1, 1]


def test_an_unsigned_request_is_refused(lanyard, org, project):
    status, _ = lanyard.post(project.request(), key=None)
    assert status == 403
    assert org.mails(project.ana) == []


def test_a_caller_without_permission_is_refused(lanyard, org, project, caller):
    status, _ = lanyard.post(project.request(), caller("stranger"))
    assert status == 403
    assert org.mails(project.ana) == []


def test_a_wrong_request_names_its_fields(lanyard, project):
    status, answer = lanyard.post(project.request({"email": "no address"}, sponsor=None))
    assert status == 400
    assert [it["field"] for it in answer["error"]["problems"]] == ["customers[0].email", "sponsor"]


def test_a_request_that_is_too_large_is_refused(lanyard, project):
    status, answer = lanyard.post(b" " * (1024 * 1024 + 1))
    assert status == 400
    assert answer["error"]["problems"] == [{"field": "request", "message": "must not be larger than 1 MB"}]


def test_a_direct_invocation_invites(lanyard, org, project):
    answer = lanyard.invite(project.request())
    assert [it["outcome"] for it in answer["customers"]] == ["invited", "invited"]
    event, = lanyard.emitted("Customer Invited", email=project.bo)
    assert event["detail"]["project"] == project.id


def test_an_event_of_a_trusted_source_invites(lanyard, org, project):
    lanyard.put_event("Customer Access Requested", project.request())
    lanyard.emitted("Customer Invited", email=project.ana)
    assert len(org.mails(project.ana)) == 1


def test_an_event_of_another_source_is_not_heard(lanyard, org, project):
    lanyard.put_event("Customer Access Requested", project.request(), source="somebody.else")
    lanyard.message("UntrustedEventsUrl", project.id)
    # What is put after it and is heard shows that there was time to hear it.
    lanyard.put_event("Customer Access Requested", project.request({"email": project.bo}))
    lanyard.emitted("Customer Invited", email=project.bo)
    assert org.mails(project.ana) == []


@pytest.mark.parametrize(("detail_type", "sender"), [
    ("Project closed", "corp.projects"), ("project-closed", "somebody.else"), ("Project Created", "corp.projects"),
])
def test_an_event_that_nobody_hears_is_kept(lanyard, project, detail_type, sender):
    lanyard.put_event(detail_type, {"projectId": project.id}, source=sender)
    assert json.loads(lanyard.message("UnheardEventsUrl", project.id))["detail-type"] == detail_type


def test_on_a_bus_of_others_their_events_are_left_alone_and_misspelt_ones_of_ours_kept(emulator, binaries, project):
    emulator.client("events").create_event_bus(Name="of-others")
    guest = stack_of_its_own(
        emulator, "guest", binaries, EventBus="of-others", EventBusExists="true", IgnoredSources="corp.hr,corp.crm",
    )
    guest.put_event("Project Created", {"projectId": f"{project.id}-created"})
    guest.put_event("Project Closed", {"projectId": f"{project.id}-crm"}, source="corp.crm")
    guest.put_event("Project Closed", {"projectId": f"{project.id}-stranger"}, source="somebody.else")
    guest.put_event("Project closed", {"projectId": f"{project.id}-misspelt"})
    guest.message("UntrustedEventsUrl", f"{project.id}-stranger")
    guest.message("UnheardEventsUrl", f"{project.id}-misspelt")
    assert [guest.counts(it) for it in ("UntrustedEventsUrl", "UnheardEventsUrl")] == [[0, 0, 0], [0, 0, 0]]


def test_a_request_that_no_repetition_mends_is_announced(lanyard, project):
    event_id = lanyard.put_event("Customer Access Requested", project.request(customers=[]))
    event, = lanyard.emitted("Customer Invitation Refused", project=project.id)
    assert event["detail"]["id"].startswith(event_id)
    assert event["detail"]["error"]["code"] == "INVALID_REQUEST"


def test_a_closed_project_takes_the_access_away(lanyard, org, project):
    lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    lanyard.close(project, closedBy="kim@corp.example")
    events = lanyard.emitted("Customer Access Ended", project=project.id, count=2)
    assert {event["detail"]["reason"] for event in events} == {"projectClosed"}
    for email in (project.ana, project.bo):
        assert not org.has_access(project.group, email)


def test_a_closed_project_admits_nobody_until_it_is_reopened(lanyard, org, project):
    lanyard.invite(project.request({"email": project.ana}))
    closed_at = datetime.now(timezone.utc)
    lanyard.close(project, closedAt=closed_at.isoformat())
    lanyard.emitted("Customer Access Ended", project=project.id)
    status, answer = lanyard.post(project.request({"email": project.bo}))
    assert (status, answer["error"]["code"]) == (409, "PROJECT_CLOSED")

    # On a tie closed wins, and the instants of EventBridge's own envelope are whole seconds.
    reopened_at = (closed_at + timedelta(seconds=1)).isoformat()
    lanyard.put_event("Project Reopened", {"projectId": project.id, "reopenedAt": reopened_at})
    wait_for("the reopened project", lambda: lanyard.post(project.request({"email": project.bo}))[0] == 200)
    assert len(org.mails(project.bo)) == 1


def test_a_customer_who_is_withdrawn_is_out_and_the_others_stay(lanyard, org, project):
    lanyard.invite(project.request())
    for email in (project.ana, project.bo):
        org.accept(project.group, email)
    lanyard.put_event("Customer Access Withdrawn", {"customers": [project.ana], "withdrawnBy": "kim", "reason": "left"})
    event, = lanyard.emitted("Customer Access Ended", email=project.ana)
    assert event["detail"]["reason"] == "withdrawn"
    assert not org.has_access(project.group, project.ana)
    assert org.has_access(project.group, project.bo)
    # The door for people, as the table of operations has it.
    error, report = lanyard.invoke("close-project", {"customers": [project.bo], "projectId": project.id})
    assert (error, report["ended"], report["proven"]) == (None, 1, 1)
    assert not org.has_access(project.group, project.bo)


def actors(lanyard, answer):
    """Who asked for the access of the first customer, as the evidence has it."""
    return [it.get("actor") for it in lanyard.history(answer["customers"][0]["grantId"])]


def test_who_asks_is_the_platforms_word(lanyard, project, caller):
    portal = caller("auditor", lanyard.stack.output("InvitationsArn"))
    _, answer = lanyard.post(project.request(days=20), portal)
    assert actors(lanyard, answer)[0].endswith(":user/auditor")
    lanyard.invite(project.request(days=21))
    assert actors(lanyard, answer)[-1].startswith("operator whom the platform does not name, request ")
    event_id = lanyard.put_event("Customer Access Requested", project.request(days=22))
    wait_for("the event in the evidence", lambda: actors(lanyard, answer)[-1] == f"event corp.projects {event_id}")


@pytest.mark.parametrize("door", ["operator", None])
@pytest.mark.parametrize(("function", "takes"), [
    ("invite", "the request itself"), ("close-project", "the request itself or an event"), ("sweep", "the request itself"),
])
def test_whoever_invokes_directly_is_believed_no_envelope(lanyard, org, project, function, takes, door):
    signed = {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/kim"}}}
    body = json.dumps(project.request())
    for payload in (
        {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": body}]},
        {"version": "2.0", "requestContext": signed, "body": body},
    ):
        error, answer = lanyard.invoke(function, payload, door)
        assert error == "INVALID_REQUEST"
        assert answer["errorMessage"].startswith(f"the door operator of {function} takes {takes}")
    assert org.mails(project.ana) == []


def test_what_the_queue_holds_from_a_stranger_is_not_believed(lanyard, org, project):
    lanyard.invite(project.request({"email": project.bo}))
    account = lanyard.stack.output("InvitationsArn").split(":")[4]
    for changed in ({"account": "111111111111"}, {"source": "lanyard"}, {"source": "somebody.else"}):
        event = {
            "id": project.id, "source": "corp.projects", "account": account, "detail-type": "Project Closed",
            "time": "2026-01-01T00:00:00Z", "detail": {"projectId": project.id}, **changed,
        }
        with lanyard.fewer_tries("CloseProject", 1), lanyard.soon_again("CloseProject"):
            lanyard.redrive("CloseProject", json.dumps(event))
            lanyard.dead_letter("CloseProject", project.id)
    assert org.has_access(project.group, project.bo)


def test_the_schedule_sweeps(lanyard, org, project):
    lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    scheduler = lanyard.emulator.client("scheduler")
    nightly = scheduler.get_schedule(Name=f"{lanyard.stack.name}-sweep-nightly")
    assert nightly["ScheduleExpression"] == "cron(15 4,5,6 * * ? *)"
    # The very target of the night, a few seconds from now.
    soon = datetime.now(timezone.utc) + timedelta(seconds=3)
    scheduler.create_schedule(
        Name=f"soon-{project.id}", ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"}, Target=nightly["Target"],
    )
    lanyard.emitted("Customer Joined", email=project.ana)
    assert org.role(project.group, project.ana) == "Admin"


def test_a_dry_run_by_hand_says_what_would_be_due_and_changes_nothing(lanyard, org, project):
    answer = lanyard.invite(project.request())
    before = org.admin("GET", "/writes")
    report = lanyard.sweep(dryRun=True, at="2030-01-01T00:00:00Z")
    decisions = {it["grantId"]: it for it in report["decisions"]}
    for customer in answer["customers"]:
        assert decisions[customer["grantId"]]["reason"] in ("expired", "brake")
    assert org.admin("GET", "/writes") == before


def test_a_second_org_needs_no_deployment(lanyard, org, project):
    secrets = lanyard.emulator.client("secretsmanager")
    secrets.create_secret(Name="lanyard/salesforce/acme", SecretString=org.secret())
    answer = lanyard.invite(project.request(org="acme"))
    assert answer["org"] == "acme"


def test_what_is_logged_is_one_json_object_a_line_without_addresses(lanyard, project):
    before = len(lanyard.logs("invite"))
    lanyard.invite(project.request())
    lanyard.logged("lines in the log group", lambda: len(lanyard.logs("invite")) > before, "invite")
    for line in lanyard.logs("invite"):
        json.loads(line)
        assert "@" not in line, line
