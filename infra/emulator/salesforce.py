"""The Salesforce simulator as a process of its own, and its admin's side."""

import json
import subprocess
import urllib.request
from pathlib import Path

from waiting import PATIENCE_SECONDS, wait_for


class Salesforce:
    """A Salesforce org on the loopback address."""

    def __init__(self, binary: Path, work: Path):
        self.log = work / "salesforce.log"
        with self.log.open("w") as log:
            # The system picks the port, and the simulator says which.
            command = [binary, "--port", "0"]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.url = wait_for("the org's address", self._address)
        except BaseException:
            self.stop()
            raise

    def _address(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the Salesforce simulator did not start:\n{self.log.read_text()}")
        first, end, _ = self.log.read_text().partition("\n")
        return first.removeprefix("Salesforce org at ") if end else None

    def stop(self):
        """Ends the org."""
        self.process.kill()
        self.process.wait()

    def admin(self, method, path, body=None):
        """One call of the admin's side."""
        request = urllib.request.Request(
            f"{self.url}/simulator{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def secret(self):
        """What Lanyard's secret for this org holds."""
        return json.dumps(self.admin("GET", "/secret"))

    def accept(self, group, email):
        """The customer accepts the invitation to a group."""
        self.admin("POST", "/accept", {"group": group, "email": email})

    def mails(self, email):
        """The invitations that were mailed to an address."""
        return [mail for mail in self.admin("GET", "/mails") if mail["to"] == email]

    def role(self, group, email):
        """`Standard` or `Admin` for a member of the group, else nothing."""
        groups = {it["id"] for it in self.admin("GET", "/groups") if it["name"] == group}
        for member in self.admin("GET", "/members"):
            if member["groupId"] in groups and member["email"] == email:
                return member["role"]
        return None

    def has_access(self, group, email):
        """Whether the customer is in the group, invited to it, or has an active user."""
        groups = {it["id"] for it in self.admin("GET", "/groups") if it["name"] == group}
        is_invited = any(
            it["groupId"] in groups and it["email"] == email and it["status"] == "Sent"
            for it in self.admin("GET", "/invitations")
        )
        is_active = any(
            user["email"] == email and user["isActive"] for user in self.admin("GET", "/users")
        )
        return is_invited or is_active or self.role(group, email) is not None

    def refuse_sign_in(self):
        """From now on every sign-in is refused, and the sessions are over."""
        refusal = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
        self.admin("POST", "/sign-in-refusal", refusal)
        self.admin("POST", "/expire-sessions")

    def allow_sign_in(self):
        """Sign-ins are accepted again."""
        self.admin("DELETE", "/sign-in-refusal")

    def accept_certificate(self, pem):
        """The key of this certificate, and no other, signs in from now on."""
        self.admin("POST", "/certificate", {"pem": pem})

    def accept_the_demo_key(self):
        """The key that the org has at its start signs in again."""
        self.admin("DELETE", "/certificate")

    def schedule_fault(self, kind, times=1, skip=0, matching=None, **details):
        """The next matching calls go wrong."""
        fault = {"fault": {"kind": kind, **details}, "times": times, "skip": skip, "matching": matching or {}}
        self.admin("POST", "/faults", fault)

    def clear_faults(self):
        """Nothing goes wrong any more."""
        self.admin("DELETE", "/faults")

    def calls(self):
        """How many calls the org has seen."""
        return len(self.admin("GET", "/calls"))
