"""Metrics for Prometheus, in a registry of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from pdslack_cli.clients.http.call_log import ApiCall

SENDERS = ("pagerduty", "slack")
WORK = ("event", "message", "reply")
LATENCIES = (0.005, 0.01, 0.018, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2, 5, 15, 60, 300)


class Metrics:
    """What the service counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = self._counter("accepted", "Events and acts stored, by source.", source=SENDERS)
        self.repeated = self._counter("repeated", "Events that had been stored before.", source=SENDERS)
        self.refused = self._counter("refused", "Requests that were refused.", reason=())
        self.ignored = self._counter(
            "ignored", "Requests with a valid signature that ask for nothing.", reason=()
        )
        self.handled = self._counter("handled", "Events and acts handled.", source=(*SENDERS, "healing"))
        self.retried = self._counter("retried", "Work that failed and will be tried again.", work=WORK)
        self.parked = self._counter("parked", "Work that was given up, to be looked at.", work=WORK)
        self.sent = self._counter("sent", "What was sent to Slack.", what=("post", "update", "reply"))
        self.acts = self._counter("acts", "What people did from Slack.", action=(), outcome=())
        self.healed = self._counter(
            "healed", "Incidents and messages that were seen to because something was missed."
        )
        self.followed = self._counter("followed", "What was put on whoever is on call, by kind.", kind=())
        self.found_again = self._counter("found_again", "Posts with a lost answer that were found.")
        self.calls = self._counter("calls", "Calls to the vendors.", vendor=(), status=())
        self.waits = self._counter(
            "asked_wait_seconds", "Seconds that vendors asked us to wait.", vendor=SENDERS
        )
        self.lag = Gauge(
            "pdslack_lag_seconds", "For how long work has been due.", ["work"], registry=self.registry
        )
        self.waiting = Gauge(
            "pdslack_waiting", "Work that is due or parked.", ["work", "state"], registry=self.registry
        )
        self.incomplete = Gauge(
            "pdslack_incomplete",
            "Open incidents that are shown without something that cannot be read.",
            registry=self.registry,
        )
        self.handling = Histogram(
            "pdslack_handling_seconds",
            "From arrival until the outbox holds the result.",
            registry=self.registry,
            buckets=LATENCIES,
        )
        self.call_seconds = Histogram(
            "pdslack_call_seconds", "Seconds of a call.", ["vendor"], registry=self.registry
        )

    def count_call(self, call: ApiCall) -> None:
        """Count a call to a vendor."""
        status = str(call.status) if call.status else "none"
        self.calls.labels(call.provider, status).inc()
        self.call_seconds.labels(call.provider).observe(call.seconds)

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, **labels: Sequence[str]) -> Counter:
        """A counter with these labels; where their values are known, it is 0 from the start.

        Prometheus sees no growth in a counter that appears with its first event.
        """
        counter = Counter(f"pdslack_{name}", text, [*labels], registry=self.registry)
        for values in product(*labels.values()) if labels else ():
            counter.labels(*values)
        return counter
