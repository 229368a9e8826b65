"""Delivery of requests that the vendors send: webhooks, and Slack's requests to apps.

Only to this machine: a stack contains real URLs, and nothing in the sandbox may reach anybody.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import urllib3

from pdslack_cli.model import host_of
from pdslack_cli.sandbox.faults import COURIER, Fault, Faults

AT_ONCE = 8
IDLE = 0.02  # seconds between two looks for work, each of which takes some 50 microseconds
_HTTP = urllib3.PoolManager(maxsize=AT_ONCE, retries=False)
NEVER_SENT = "not on this machine: the sandbox sends nothing elsewhere"


@dataclass(frozen=True)
class Parcel:
    """A request to send. `key` identifies it to its sender."""

    key: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    seconds: float
    """How long the receiver may take."""


@dataclass(frozen=True)
class Receipt:
    """The result of a delivery: a status and a body, or why there was no response."""

    status: int = 0
    body: bytes = b""
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class PostOffice(Protocol):
    """The interface of a source of requests."""

    def next_parcel(self) -> Parcel | None:
        """Return the next due request and mark it as being sent; None if there is none."""
        ...

    def send(self, parcel: Parcel) -> Receipt:
        """Send it now, and wait for the answer."""
        ...

    def delivered(self, parcel: Parcel, receipt: Receipt) -> None:
        """Record the result of a delivery."""
        ...


class Courier:
    """Sends the requests of the offices concurrently, in the background."""

    def __init__(self, offices: Iterable[PostOffice], faults: Faults) -> None:
        self._offices = tuple(offices)
        self._faults = faults
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sandbox courier")
        self._thread = threading.Thread(target=self._run, name="sandbox courier", daemon=True)

    def start(self) -> None:
        """Start the background threads."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current deliveries."""
        self._stopped.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._stopped.wait(IDLE):
            for office in self._offices:
                while not self._stopped.is_set() and (parcel := office.next_parcel()):
                    self._pool.submit(self._carry, office, parcel)

    def _carry(self, office: PostOffice, parcel: Parcel) -> None:
        fault = self._faults.strike(COURIER, "POST", parcel.url)
        match fault:
            case Fault(kind="drop"):
                office.delivered(parcel, Receipt(200))
            case Fault(kind="reorder", seconds=seconds):
                office.delivered(parcel, Receipt(200))  # which lets the next of its queue go
                time.sleep(seconds)
                office.send(parcel)
            case Fault(kind="duplicate"):
                office.send(parcel)
                office.delivered(parcel, office.send(parcel))
            case _:
                office.delivered(parcel, office.send(parcel))


def send(parcel: Parcel) -> Receipt:
    """Send a request now, and wait for its answer."""
    if not on_this_machine(parcel.url):
        return Receipt(error=NEVER_SENT)
    try:
        answer = _HTTP.request(
            "POST",
            parcel.url,
            body=parcel.body,
            headers=dict(parcel.headers),
            timeout=parcel.seconds,
            redirect=False,
        )
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        return Receipt(error=str(error) or type(error).__name__)
    return Receipt(answer.status, answer.data, headers=dict(answer.headers))


def on_this_machine(url: str) -> bool:
    """Return whether the text of a URL refers to this machine: names are not resolved."""
    host = host_of(url)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
