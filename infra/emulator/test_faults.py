"""What goes wrong in the deployed stack loses nothing, and nobody gets a second mail."""

import contextlib
import json

from stack import FUNCTIONS
from waiting import wait_for

# Seconds. A run begins nothing with less than twenty of them left.
NO_TIME = 12
TIME_TO_BEGIN = 25


def test_an_event_that_is_none_ends_in_the_dead_letters(lanyard, project):
    with lanyard.soon_again("CloseProject"):
        lanyard.put_event("Project Closed", {"project": project.id})
        body = lanyard.dead_letter("CloseProject", project.id)
    assert json.loads(body)["detail"] == {"project": project.id}


def test_a_request_that_cannot_be_carried_out_waits_until_it_can(lanyard, org, project):
    org.refuse_sign_in()
    tried = len(lanyard.logs("invite"))
    with lanyard.soon_again("Invite"):
        lanyard.put_event("Customer Access Requested", project.request())
        # More often than a queue usually hands a message over.
        wait_for("six tries", lambda: sum("left in the queue" in it for it in lanyard.logs("invite")[tried:]) > 5)
        assert org.mails(project.ana) == []

        org.allow_sign_in()
        lanyard.emitted("Customer Invited", email=project.bo)
    lanyard.rest()
    assert [len(org.mails(it)) for it in (project.ana, project.bo)] == [1, 1]


def test_a_request_that_was_given_up_is_redriven(lanyard, org, project):
    org.refuse_sign_in()
    with lanyard.soon_again("Invite"), lanyard.fewer_tries("Invite", 2):
        lanyard.put_event("Customer Access Requested", project.request())
        body = lanyard.dead_letter("Invite", project.id)
    assert org.mails(project.ana) == []

    org.allow_sign_in()
    lanyard.redrive("Invite", body)
    lanyard.emitted("Customer Invited", email=project.bo)
    assert [len(org.mails(it)) for it in (project.ana, project.bo)] == [1, 1]


def test_a_crash_while_inviting_sends_no_second_mail(lanyard, org, project):
    org.schedule_fault("timeoutAfterCommit", matching={"object": "CollaborationInvitation", "write": True})
    with lanyard.soon_again("Invite"):
        lanyard.put_event("Customer Access Requested", project.request({"email": project.bo}))
        wait_for("the mail", lambda: org.mails(project.bo))
        assert lanyard.kill("invite") > 0
        lanyard.emitted("Customer Invited", email=project.bo)
    lanyard.rest()
    assert len(org.mails(project.bo)) == 1


def all_access_ends(org, project):
    """Waits until nobody of the project has access.

    Nobody acts for a customer before the time of whoever has died is over. Then access ends, and only its proof waits for a quarter of
    an hour, in which something that was sent may still take effect.
    """
    customers = (project.ana, project.bo)
    wait_for("the end of all access", lambda: not any(org.has_access(project.group, it) for it in customers))


def test_a_crash_while_closing_is_made_up_for(lanyard, org, project):
    lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    org.schedule_fault("timeoutAfterCommit", matching={"object": "CollaborationGroupMember", "write": True})
    with lanyard.soon_again("CloseProject"), lanyard.timeout("close-project", TIME_TO_BEGIN):
        lanyard.close(project)
        wait_for("the member's removal", lambda: org.role(project.group, project.ana) is None)
        assert lanyard.kill("close-project") > 0
        all_access_ends(org, project)


def test_a_time_out_while_closing_is_made_up_for(lanyard, org, project):
    lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    removal = {"object": "CollaborationGroupMember", "write": True}
    # The message comes again when the platform has given the function up, not before.
    visibility = TIME_TO_BEGIN + 5
    with (
        lanyard.queue_with("CloseProjectQueueUrl", VisibilityTimeout=visibility),
        lanyard.timeout("close-project", TIME_TO_BEGIN),
    ):
        org.schedule_fault("timeoutAfterCommit", matching=removal)
        logged = len(lanyard.emulator.log.read_text())
        lanyard.close(project)
        wait_for("the member's removal", lambda: org.role(project.group, project.ana) is None)
        assert lanyard.freeze("close-project") > 0
        wait_for("the time-out", lambda: "close-project: Task timed out" in lanyard.emulator.log.read_text()[logged:])
        all_access_ends(org, project)


@contextlib.contextmanager
def without_time(lanyard, function):
    """For a while no run of a function has time to begin anything.

    One continuation follows the other until there is time, so each is made to wait a little. The one that is under way
    when there is time again ends with its process, and comes again.
    """
    delayed = lanyard.queue_with(f"{FUNCTIONS[function]}QueueUrl", DelaySeconds=2)
    with delayed, lanyard.soon_again(FUNCTIONS[function]), lanyard.timeout(function, NO_TIME):
        yield


def test_a_close_without_time_goes_on_in_a_continuation(lanyard, org, project):
    lanyard.invite(project.request())
    with without_time(lanyard, "close-project"):
        lanyard.close(project)
        lanyard.emitted("Continuation", function="close-project", projectId=project.id)
        assert org.has_access(project.group, project.ana)
    lanyard.emitted("Customer Access Ended", project=project.id, count=2)
    assert not org.has_access(project.group, project.ana)


def test_a_sweep_without_time_goes_on_in_a_continuation(lanyard, org, project):
    lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    with without_time(lanyard, "sweep"):
        report = lanyard.sweep()
        assert (report["complete"], report["deferred"] > 0) == (False, True)
        lanyard.emitted("Continuation", function="sweep")
        assert org.role(project.group, project.ana) == "Standard"
    lanyard.emitted("Customer Joined", email=project.ana)
    assert org.role(project.group, project.ana) == "Admin"


def test_an_ending_that_salesforce_refuses_is_told_and_finished_by_a_sweep(lanyard, org, project):
    lanyard.invite(project.request())
    org.accept(project.group, project.ana)
    org.admin("POST", "/blocks/deactivation", {"message": "default lead owner"})
    try:
        lanyard.close(project)
        event, = lanyard.emitted("Customer Access Stuck", email=project.ana)
        assert event["detail"]["stuck"]["step"] == "deactivate"
        # It is told, and not to be repeated before a person has changed something.
        lanyard.rest()
        error, answer = lanyard.invoke("sweep", {})
        assert error == "RunFailed"
        report = json.loads(answer["errorMessage"])
        assert report["stuck"] == 1
        assert [it["step"] for it in report["failures"]] == ["deactivate"]
    finally:
        org.admin("DELETE", "/blocks/deactivation")
    lanyard.sweep()
    event, = lanyard.emitted("Customer Access Ended", email=project.ana)
    assert event["detail"]["proof"]["seatActive"] is False
    assert not org.has_access(project.group, project.ana)


def test_too_many_endings_are_held_until_they_are_released(lanyard, org, project):
    customers = [{"email": f"{number}-{project.ana}"} for number in range(21)]
    lanyard.invite(project.request(*customers))
    lanyard.close(project)
    event, = lanyard.emitted("Sweep Held", count=1)
    assert event["detail"]["count"] == 21
    assert all(org.has_access(project.group, it["email"]) for it in customers)

    report = lanyard.sweep(release=event["detail"]["planDigest"])
    assert report["ended"] == 21
    lanyard.emitted("Customer Access Ended", project=project.id, count=21)
    assert not any(org.has_access(project.group, it["email"]) for it in customers)


def test_a_secret_that_is_mended_counts_without_a_deployment(lanyard, org, project):
    wrong = {**json.loads(org.secret()), "clientId": "another"}
    lanyard.fill_secret(json.dumps(wrong))
    # Only a new process has to sign in.
    lanyard.kill("invite")
    error, _ = lanyard.invoke("invite", project.request())
    assert error == "SALESFORCE_SIGN_IN_REFUSED"

    lanyard.fill_secret(org.secret())
    lanyard.invite(project.request())
    assert len(org.mails(project.ana)) == 1
