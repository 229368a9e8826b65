"""From an event to an incident: rules, alerts, grouping."""
