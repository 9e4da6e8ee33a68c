"""Keeps an emulator and a Salesforce org up, so that the commands of infra/README.md can be tried on them."""

import argparse
import signal
import tempfile
from pathlib import Path

from emulator import REGION, ROOT_KEY, Emulator
from salesforce import Salesforce


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulator", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(Path(folder))
        org = Salesforce(arguments.simulator, Path(folder))
        secret = Path(folder) / "secret.json"
        secret.write_text(org.secret())
        key, secret_key = ROOT_KEY
        print(f"export AWS_ENDPOINT_URL={emulator.url} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}")
        print(f"export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret_key}")
        print(f"# Salesforce org: {org.url}/simulator")
        print(f"# its secret: {secret}")
        print("# Version 1 of the AWS CLI does not look at AWS_ENDPOINT_URL for SQS: add --endpoint-url to those commands.")
        print("# until Ctrl-C", flush=True)
        # Whatever ends this ends what it started.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        signal.pause()
        org.stop()
        emulator.stop()


if __name__ == "__main__":
    main()
