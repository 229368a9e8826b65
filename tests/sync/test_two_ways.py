"""The whole way: an event becomes a message, a click changes the incident, and both sides show the truth."""

from __future__ import annotations

from tests.sync.world import MAYA, TOM, until


def test_a_click_acknowledges_as_the_person_who_clicked(world):
    id_ = world.trigger("Disk <!channel> full")
    message = world.shows(id_, "triggered")
    assert "<!channel>" not in message["text"]
    assert world.click(MAYA, id_, "pdslack_acknowledge")["ok"]
    world.shows(id_, "acknowledged")
    incident = world.incident(id_)
    assert incident["status"] == "acknowledged"
    assert [one["acknowledger"]["summary"] for one in incident["acknowledgements"]] == ["maya"]
    assert "Acknowledged by maya" in until(lambda: world.replies(id_))[0]


def test_what_happens_in_pagerduty_changes_the_message_and_its_thread(world):
    id_ = world.trigger("Queue grows")
    world.shows(id_, "triggered")
    world.set_status(id_, "acknowledged")
    world.set_status(id_, "resolved")
    message = world.shows(id_, "resolved")
    assert "pdslack_acknowledge" not in str(message["blocks"])
    replies = until(lambda: found if len(found := world.replies(id_)) == 3 else None)
    assert [
        word in text
        for word, text in zip(("Acknowledged by tom", "Resolved by tom", "Summary"), replies, strict=True)
    ] == [True] * 3


def test_resolving_asks_for_a_note(world):
    id_ = world.trigger("Certificate expires")
    world.shows(id_, "triggered")
    world.click(TOM, id_, "pdslack_resolve")
    assert world.incident(id_)["status"] == "triggered"
    world.submit(TOM, note="renewed")
    world.shows(id_, "resolved")
    until(lambda: any("Resolved by tom" in text and "renewed" in text for text in world.replies(id_)))


def test_the_summary_of_a_merged_incident_links_to_the_other(world):
    kept, merged = world.trigger("Orders fail"), world.trigger("Carts fail")
    world.shows(merged, "triggered")
    sources = [{"id": merged, "type": "incident_reference"}]
    world.pagerduty("PUT", f"/incidents/{kept}/merge", {"source_incidents": sources})
    world.shows(merged, "resolved")
    page, number = (world.incident(kept)[name] for name in ("html_url", "incident_number"))
    (summary,) = until(lambda: [text for text in world.replies(merged) if "Summary" in text])
    assert f"Merged into <{page}|[#{number}] Orders fail>" in summary.splitlines()
