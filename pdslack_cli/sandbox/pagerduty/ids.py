"""Ids and keys in PagerDuty's formats (pagerduty.md 1.4), the same in every run."""

from __future__ import annotations

import hashlib
import string
import uuid

from pdslack_cli.sandbox.store import Store

ALPHABET = string.digits + string.ascii_uppercase
ULID_OF_BYTES = ALPHABET[:32].encode() * 8
SPREAD = 1_234_567_891  # has no factor in common with 36, so no two numbers meet


def short(store: Store) -> str:
    """`P` and six characters."""
    return _short(store.next_number() * SPREAD)


def named(kind: str, name: str) -> str:
    """`P` and six characters: always the same for a name."""
    return _short(int.from_bytes(hashlib.sha256(f"{kind} {name}".encode()).digest()))


def long(store: Store) -> str:
    """A UUID."""
    return str(uuid.UUID(bytes=_digest(store)[:16], version=4))


def ulid(store: Store) -> str:
    """Twenty-six characters."""
    return "01" + _digest(store)[:24].translate(ULID_OF_BYTES).decode()


def hexadecimal(store: Store, length: int) -> str:
    """`length` hex digits."""
    return _digest(store).hex()[:length]


def routing_key(store: Store) -> str:
    """Thirty-two characters that begin with R: the key of an orchestration's integration."""
    return "R" + hexadecimal(store, 31).upper()


def secret(store: Store) -> str:
    """Sixty-four characters: what signs a webhook."""
    return hashlib.sha512(_digest(store)).hexdigest()[:64]


def _digest(store: Store) -> bytes:
    return hashlib.sha256(str(store.next_number()).encode()).digest()


def _short(number: int) -> str:
    return "P" + "".join(ALPHABET[number % 36**6 // 36**place % 36] for place in range(6))
