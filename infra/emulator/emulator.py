"""The AWS emulator as a process on the loopback address, and clients for it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config
from processes import has_ended
from waiting import PATIENCE_SECONDS, wait_for

REGION = "eu-central-1"
# The emulator lets this key do everything; whoever else calls needs a policy that allows it.
ROOT_KEY = ("test", "test")


def reserve_port():
    """A TCP port of the loopback address, and the socket that reserves it.

    As long as the socket is open, the system gives the port to nobody who asks for any; whoever asks for this very port
    can listen on it, because the socket does not.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved.getsockname()[1], reserved


class Emulator:
    """A running emulator that enforces IAM. Its state is gone when it stops."""

    def __init__(self, work: Path):
        self.port, self._reserved = reserve_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = work / "emulator.log"
        # The functions inherit the emulator's environment, so it gets none of ours.
        environment = {
            "PATH": os.environ["PATH"],
            "TMPDIR": str(work),
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL": self.url,
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "INFO",
            "MINISTACK_REGION": REGION,
            # The host in the addresses of queues.
            "MINISTACK_HOST": "127.0.0.1",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, Path(__file__).parent / "doors.py"],
                env=environment, cwd=work, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )
        try:
            wait_for("the emulator's health", self._is_healthy)
        except BaseException:
            self.stop()
            raise

    def _is_healthy(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the emulator did not start:\n{self.log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=PATIENCE_SECONDS).close()
        except OSError:
            return False
        return True

    def stop(self):
        """Ends the emulator and the functions that it started."""
        if self.process.returncode is None:
            # Until it is reaped its number is its own, so the group that is killed is that of the emulator and its functions.
            os.killpg(self.process.pid, signal.SIGTERM)
            descriptor = os.pidfd_open(self.process.pid)
            has_ended(descriptor, 10)
            os.close(descriptor)
            # Functions that were stopped in the middle take no notice of anything milder.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reserved.close()

    def client(self, service, key=ROOT_KEY):
        """A client of one AWS service, as whoever owns the key."""
        access_key, secret_key = key
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION,
            aws_access_key_id=access_key, aws_secret_access_key=secret_key,
            # A call that the emulator keeps waiting must not be sent twice behind a test's back.
            config=Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE_SECONDS),
        )
