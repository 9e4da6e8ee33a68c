"""The AWS emulator as a process on the loopback address, and clients for it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "eu-central-1"
# The emulator lets this key do everything; whoever else calls needs a policy that allows it.
ROOT_KEY = ("test", "test")


def free_port():
    """A TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    """A running emulator that enforces IAM. Its state is gone when it stops."""

    def __init__(self, work: Path):
        self.port = free_port()
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
                [Path(sys.executable).parent / "ministack"],
                env=environment, cwd=work, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )
        self._wait_until_healthy()

    def _wait_until_healthy(self):
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2)
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the emulator did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self):
        """Ends the emulator and the functions that it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, 15)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
                self.process.wait(10)

    def client(self, service, key=ROOT_KEY):
        """A client of one AWS service, as whoever owns the key."""
        access_key, secret_key = key
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION,
            aws_access_key_id=access_key, aws_secret_access_key=secret_key,
            # A call that the emulator keeps waiting must not be sent twice behind a test's back.
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
        )
