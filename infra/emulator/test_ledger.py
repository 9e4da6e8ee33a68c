"""The contract of the ledger, which its own tests try on an embedded engine, on the emulator's DynamoDB."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# All of them together take seconds.
LIMIT_SECONDS = 600


def test_the_ledger_keeps_its_contract_on_another_engine(emulator):
    """Each of the contract's tests uses an account of its own, so that none sees the stack or another test."""
    # Chosen from the whole workspace, so that nothing is compiled with other features than for all tests.
    command = ["cargo", "test", "--locked", "--quiet", "--workspace", "--test", "contract"]
    environment = os.environ | {"LEDGER_ENDPOINT": emulator.url, "RUST_BACKTRACE": "0"}
    tried = subprocess.run(
        command, cwd=ROOT, env=environment, timeout=LIMIT_SECONDS, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    assert tried.returncode == 0, tried.stdout
    assert " passed; 0 failed; 0 ignored" in tried.stdout, tried.stdout
