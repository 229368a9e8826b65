"""The fixed catalogue that every account has."""

from __future__ import annotations

from pdslack_cli.model import Json

PRIORITIES = {
    "P1": "Critical issue that warrants public notification and liaison with executive teams",
    "P2": "Critical system issue actively impacting many customers",
    "P3": "Stability or minor customer-impacting issues that require immediate attention",
    "P4": "Minor issues requiring action, but not affecting customers' ability to use the product",
    "P5": "Cosmetic issues or bugs, not affecting customers' ability to use the product",
}

VENDORS = {
    "Amazon CloudWatch": "https://aws.amazon.com/cloudwatch",
    "Datadog": "https://www.datadoghq.com",
    "Dynatrace": "https://www.dynatrace.com",
    "Email": "https://www.pagerduty.com",
    "GitHub": "https://github.com",
    "Google Cloud Monitoring": "https://cloud.google.com/monitoring",
    "Grafana": "https://grafana.com",
    "Honeycomb": "https://www.honeycomb.io",
    "Jenkins CI": "https://www.jenkins.io",
    "Microsoft Azure": "https://azure.microsoft.com",
    "Nagios": "https://www.nagios.org",
    "New Relic": "https://newrelic.com",
    "Pingdom": "https://www.pingdom.com",
    "Prometheus": "https://prometheus.io",
    "Sentry": "https://sentry.io",
    "Slack to PagerDuty": "https://slack.com",
    "Splunk": "https://www.splunk.com",
    "StatusCake": "https://www.statuscake.com",
    "UptimeRobot": "https://uptimerobot.com",
    "Zabbix": "https://www.zabbix.com",
}

EXTENSION_SCHEMAS = {
    "Generic V2 Webhook": "generic_v2_webhook",
    "Slack": "slack",
    "ServiceNow (v7)": "servicenow_v7",
    "Jira Cloud": "jira_cloud",
    "Custom Incident Action": "custom_incident_action",
}

LICENSE: Json = {
    "name": "Business (Full User)",
    "description": "Event Intelligence",
    "valid_roles": ["owner", "admin", "user", "limited_user", "observer", "restricted_access"],
    "role_group": "FullUser",
    "summary": "Business (Full User)",
    "type": "license",
    "self": None,
    "html_url": None,
}

ADMIN = {"name": "Sandbox Admin", "email": "admin@sandbox.example", "role": "owner"}

BASE_INCIDENT_TYPE: Json = {
    "name": "incident_default",
    "display_name": "Base Incident",
    "parent_type": None,
    "enabled": True,
    "description": None,
}

Inputs = dict[str, str | None]
"""Inputs of an action by name, with their defaults; one without a default is required."""

REQUIRED = None
ACTIONS: dict[str, tuple[str, Inputs]] = {
    "pagerduty.com:incident-workflows:send-status-update:1": ("Send Status Update", {"Message": REQUIRED}),
    "pagerduty.com:incident-workflows:add-conference-bridge:1": (
        "Add Conference Bridge",
        {"Conference Number": "", "Conference URL": "", "Overwrite existing conference bridge": "No"},
    ),
    "pagerduty.com:incident-workflows:add-responders:2": (
        "Add Responders",
        {"Message": "Please help me with {{incident.title}} - {{incident.url}}", "Responders": REQUIRED},
    ),
    "pagerduty.com:incident-workflows:add-stakeholders:2": ("Add Stakeholders", {"Stakeholders": REQUIRED}),
    "pagerduty.com:incident-workflows:add-notes-to-incident:1": ("Add Note", {"Note": REQUIRED}),
    "pagerduty.com:incident-workflows:update-incident-priority:1": (
        "Update Incident Priority",
        {"Priority": REQUIRED},
    ),
    "pagerduty.com:slack:create-a-channel:4": (
        "Create a Slack Channel for an Incident",
        {
            "Workspace": REQUIRED,
            "Channel Name": REQUIRED,
            "Channel visibility": "Public",
            "Pin incident": "Yes",
        },
    ),
    "pagerduty.com:slack:send-markdown-message:3": (
        "Send a Message to a Channel",
        {
            "Workspace": REQUIRED,
            "Channel": "Dedicated incident channel",
            "Select the Channel": "",
            "Message": REQUIRED,
            "Pinned message": "No",
        },
    ),
    "pagerduty.com:http-api:send-webhook-post:1": (
        "Send a Webhook POST",
        {"URL": REQUIRED, "Headers": "", "Body": ""},
    ),
    "pagerduty.com:logic:incident-workflows-loop-until:3": (
        "Loop Until",
        {"Condition": REQUIRED, "Delay between loops": "5", "Maximum loops": "20"},
    ),
}


def action(id_: str, name: str, inputs: Inputs) -> Json:
    """An action as the catalogue lists it."""
    domain, package, function, version = (*id_.split(":"), "", "", "", "")[:4]
    plain = {"is_hidden": False, "advanced": False, "metadata": "{}", "connection_type_id": ""}
    return {
        "domain_name": domain,
        "package_name": package,
        "function_name": function,
        "version": int(version) if version.isdecimal() else 1,
        "name": name,
        "description": name,
        "action_type": "action",
        "action_tier": "basic-action",
        "tags": [],
        "metadata": "{}",
        "search_keywords": [],
        "inputs": [
            {
                "name": input_,
                "description": input_,
                "type": "text",
                "default_value": default,
                "is_required": default is REQUIRED,
                **plain,
            }
            for input_, default in inputs.items()
        ],
        "outputs": [
            {"name": output, "reference_name": output.lower().replace(" ", "-"), "type": "text"}
            for output in ("Result", "Result Summary", "Error")
        ],
    }
