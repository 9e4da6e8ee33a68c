"""Takes one permission after the other away, and one resource after the other that lets somebody in or keeps somebody out, and tells
which tests notice."""

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stack import FUNCTIONS, statements_of, template

HERE = Path(__file__).parent
# Permissions of AWS's own side: the emulator polls, logs, traces and encrypts without asking for them.
UNASKED = {"ReceiveEvents", "KeepFailedInvocations", "WriteLogs", "Trace", "Decrypt", "EncryptFailedInvocations"}
# Doors, and what stands in front of them. Without one the emulator deploys nothing, or does not ask for it.
WALLS = {
    "AWS::Events::EventBusPolicy", "AWS::Events::Rule", "AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::Scheduler::Schedule", "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}


def permissions():
    """Every statement, and every action of those that have several."""
    source = template()
    for function in FUNCTIONS:
        for statement in statements_of(source, function):
            yield function, statement["Sid"], None
            actions = statement["Action"]
            if isinstance(actions, list):
                yield from ((function, statement["Sid"], action) for action in actions)


def walls():
    """Every resource that is a door or stands in front of one."""
    return [name for name, it in template()["Resources"].items() if it["Type"] in WALLS]


def failing(folder, without, *arguments):
    """The tests of a folder that fail without a permission."""
    command = [
        sys.executable, "-m", "pytest", "-q", "--rootdir", folder, folder, "--without", without, *arguments,
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return re.findall(r"^(?:FAILED|ERROR) \S*?::(\S+)", ran.stdout, re.MULTILINE)


def row(permission, arguments):
    """One line of the table."""
    function, sid, action = permission
    without = "/".join(part for part in permission if part)
    checked = failing(HERE.parent / "checks", without)
    deployed = ["(not asked for by the emulator)"] if sid in UNASKED else failing(HERE, without, "-x", *arguments)
    return f"| `{function}` | `{sid}` | {f'`{action}`' if action else 'all'} | {', '.join(checked)} | {', '.join(deployed)} |"


def row_of_wall(name):
    """The same for a resource."""
    checked = failing(HERE.parent / "checks", name)
    return f"| | `{name}` | all | {', '.join(checked)} | (not tried) |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=3)
    options, arguments = parser.parse_known_args()
    print("| function | statement | action | checks that fail | first scenario that fails |\n|---|---|---|---|---|")
    with ThreadPoolExecutor(options.at_once) as pool:
        for line in pool.map(lambda it: row(it, arguments), permissions()):
            print(line, flush=True)
        for line in pool.map(row_of_wall, walls()):
            print(line, flush=True)


if __name__ == "__main__":
    main()
