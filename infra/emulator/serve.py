"""Keeps an emulator and a Salesforce org up, so that the commands of infra/README.md can be tried on them."""

import argparse
import contextlib
import signal
import sys
import tempfile
from pathlib import Path

from emulator import REGION, ROOT_KEY, Emulator
from salesforce import Salesforce


def end(*_):
    """Ends the program, and with it what it has started."""
    sys.exit()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulator", type=Path, required=True)
    arguments = parser.parse_args()
    endings = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    for number in endings:
        signal.signal(number, end)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as started:
        emulator = Emulator(Path(folder))
        started.callback(emulator.stop)
        org = Salesforce(arguments.simulator, Path(folder))
        started.callback(org.stop)
        secret = Path(folder) / "secret.json"
        secret.write_text(org.secret())
        key, secret_key = ROOT_KEY
        print(f"export AWS_ENDPOINT_URL={emulator.url} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}")
        print(f"export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret_key}")
        print(f"# Salesforce org: {org.url}/simulator")
        print(f"# its secret: {secret}")
        print("# Version 1 of the AWS CLI does not look at AWS_ENDPOINT_URL for SQS: add --endpoint-url to those commands.")
        print("# until Ctrl-C", flush=True)
        # A signal that comes before the waiting for it begins is kept, not lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, endings)
        signal.sigwait(endings)


if __name__ == "__main__":
    main()
