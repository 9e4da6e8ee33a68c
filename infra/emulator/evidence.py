"""Verifies entries of evidence from the documented form alone (shared/access/README.md), without Lanyard's code."""

import hashlib
import json
from decimal import Decimal

TABLE_ATTRIBUTES = ("pk", "sk", "dueShard", "dueAt")


def computed(entry):
    """The hash that an entry should have."""
    hashed = {name: value for name, value in entry.items() if name not in ("hash", "personal", *TABLE_ATTRIBUTES)}
    if "personal" in entry:
        assert entry["personalDigest"] == digest(entry["personal"])
    return digest(hashed)


def digest(value):
    """SHA-256 of the canonical form, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=whole)
    return hashlib.sha256(text.encode()).hexdigest()


def whole(number):
    assert isinstance(number, Decimal) and number == int(number)
    return int(number)
