"""A large account in the sandbox: start-up, pages of lists, events. Asserts nothing. Run:

python tests/bench/bench_sandbox.py
python tests/bench/bench_sandbox.py --services 5000 --incidents 50000
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.runtime import opening, timeline
from pdslack_cli.sandbox.server import Sandbox

LISTS = (
    "/services?limit=100",
    "/services?limit=100&offset=900",
    "/services?query=Service+77&limit=100",
    "/incidents?limit=100&date_range=all",
    "/incidents?limit=100&offset=5000&date_range=all",
    "/incidents?limit=100&statuses[]=triggered&statuses[]=acknowledged",
    "/incidents?limit=100&sort_by=created_at:desc",
    "/log_entries?limit=100",
    "/users?limit=100",
    "/escalation_policies?limit=100",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--incidents", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "sandbox.sqlite")
        with Sandbox(path) as sandbox:
            keys = fill(sandbox, options.services, options.channels, options.incidents)
        begun = time.perf_counter()
        with Sandbox(path) as sandbox:
            print(f"{'start-up':<62}{1000 * (time.perf_counter() - begun):8.1f} ms")
            measure(sandbox, keys)


def fill(sandbox: Sandbox, services: int, channels: int, incidents: int) -> list[str]:
    """Make services with an integration each, channels, and incidents, of which every hundredth is open."""
    api = sandbox.account()
    keys = []
    with sandbox.store.transaction():
        sandbox.seed({"channels": [f"channel-{number}" for number in range(channels)]})
        policy = api.kinds["escalation_policy"].add(
            api,
            {
                "name": "Policy",
                "escalation_rules": [
                    {
                        "escalation_delay_in_minutes": 30,
                        "targets": [{"id": api.all("user")[0]["id"], "type": "user_reference"}],
                    }
                ],
            },
        )
        made: list[Json] = []
        for number in range(services):
            reference = {"id": policy["id"], "type": "escalation_policy_reference"}
            body = {"name": f"Service {number}", "escalation_policy": reference}
            service = api.kinds["service"].add(api, body)
            integration = {"name": "Events", "type": "events_api_v2_inbound_integration"}
            keys.append(
                api.kinds["events_api_v2_inbound_integration"].add(api, integration, service["id"])["_key"]
            )
            made.append(service)
        for number in range(incidents):
            service = made[number % len(made)]
            incident = opening.document(
                api, service["id"], policy, title=f"Incident {number}", urgency="high"
            )
            if number % 100:
                incident |= {"status": "resolved", "_open": None, "resolved_at": api.now()}
            api.insert("incident", incident)
            timeline.record(api, incident, "trigger", None)
    return keys


def measure(sandbox: Sandbox, keys: list[str]) -> None:
    """Print the median of a few calls of each sort, and the slowest."""
    session = requests.Session()
    environment = sandbox.environment()
    headers = {"Authorization": f"Token token={environment['PAGERDUTY_API_KEY']}"}
    for path in LISTS:
        told(path, lambda path=path: session.get(environment["PAGERDUTY_API_URL"] + path, headers=headers))  # type: ignore[misc]
    bearer = {"Authorization": f"Bearer {environment['SLACK_BOT_TOKEN']}"}
    url = f"{environment['SLACK_API_URL']}conversations.list?limit=200"
    told("conversations.list", lambda: session.get(url, headers=bearer))
    numbers = iter(range(1000))

    def send() -> requests.Response:
        number = next(numbers)
        payload = {"summary": f"Event {number}", "source": "bench", "severity": "critical"}
        event = {"routing_key": keys[number % len(keys)], "event_action": "trigger", "payload": payload}
        return session.post(environment["PAGERDUTY_EVENTS_URL"] + "/v2/enqueue", json=event)

    told("an event", send, times=50)
    path = environment["PAGERDUTY_API_URL"] + "/services"
    service = session.get(path, headers=headers).json()["services"][0]

    def change_and_send() -> requests.Response:
        body = {"service": {"type": "service", "description": f"Change {next(numbers)}"}}
        assert session.put(f"{path}/{service['id']}", json=body, headers=headers).ok
        return send()

    told("a change of a service and an event", change_and_send)
    told("the page", lambda: session.get(sandbox.url))


def told(what: str, call: Callable[[], requests.Response], times: int = 5) -> None:
    took, busy = [], time.process_time()
    for _ in range(times):
        begun = time.perf_counter()
        answer = call()
        took.append(1000 * (time.perf_counter() - begun))
        assert answer.ok, answer.text
    busy = 1000 * (time.process_time() - busy) / times
    print(f"{what:<66}{statistics.median(took):8.1f} ms{max(took):8.1f} ms at most{busy:8.1f} ms processor")


if __name__ == "__main__":
    main()
