"""Processes that are not children of ours: found by their environment, signalled, and seen to have obeyed."""

import contextlib
import os
import select
import signal
from pathlib import Path

from waiting import PATIENCE_SECONDS, wait_for


def has_ended(descriptor, seconds=0):
    """Whether no thread of a process runs any more; its parent can then tell at once, whether or not it has looked."""
    return bool(select.select([descriptor], [], [], seconds)[0])


def kill_all(environment):
    """Ends every process that has all of this environment, and waits until they are gone; returns how many there were."""
    with _found(environment) as found:
        reached = [it for it in found if _send(it, signal.SIGKILL)]
        for number, descriptor in reached:
            if not has_ended(descriptor, PATIENCE_SECONDS):
                raise AssertionError(f"process {number} outlived being killed")
        return len(reached)


def freeze_all(environment):
    """Stops every process that has all of this environment, and waits until they stand still; returns how many there were."""
    with _found(environment) as found:
        reached = [it for it in found if _send(it, signal.SIGSTOP)]
        for number, descriptor in reached:
            wait_for(f"process {number} to stand still", lambda it=number, end=descriptor: _is_still(it) or has_ended(end))
        return len(reached)


@contextlib.contextmanager
def _found(environment):
    """Numbers and descriptors of the processes. A descriptor stays that of its process when the number is given to another."""
    with contextlib.ExitStack() as descriptors:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            number = int(folder.name)
            # Another user's process, or one that has just ended.
            with contextlib.suppress(OSError):
                descriptor = os.pidfd_open(number)
                descriptors.callback(os.close, descriptor)
                variables = (folder / "environ").read_bytes().split(b"\0")
                if all(f"{name}={value}".encode() in variables for name, value in environment.items()):
                    found.append((number, descriptor))
        yield found


def _send(process, signal_number):
    _, descriptor = process
    try:
        signal.pidfd_send_signal(descriptor, signal_number)
    except ProcessLookupError:
        return False
    return True


def _is_still(number):
    """Whether every thread of a process is stopped."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        stats = [it.read_text() for it in Path(f"/proc/{number}/task").glob("*/stat")]
        # The state follows the name, which is in parentheses and may hold some.
        return all(it.rpartition(")")[2].split()[0] == "T" for it in stats)
    return False
