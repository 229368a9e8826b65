"""`pdslack app`: the manifest of the Slack app, and the app itself."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated

import typer

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import (
    Files,
    Format,
    RunFormat,
    ShowSecrets,
    TextOrJson,
    TextOrJsonFormat,
    UseSandbox,
    Yes,
)
from pdslack_cli.cli.run.applying import confirm
from pdslack_cli.cli.run.files import load_stack
from pdslack_cli.cli.run.session import Context, opened
from pdslack_cli.clients.slack import VARIABLES
from pdslack_cli.config.expand.variables import VARIABLE_PREFIX
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Existing
from pdslack_cli.engine.slack_app.kind import SlackApps, app_change, manifest_spec
from pdslack_cli.engine.slack_app.provision import AppResult, app_changes, create_app, update_app
from pdslack_cli.engine.slack_app.secrets import APP, WORKFLOWS_APP
from pdslack_cli.engine.slack_app.workflows import (
    WorkflowsResult,
    provide_workflows,
    read_ids,
    references_of,
    workflows_manifest,
    workflows_of,
)
from pdslack_cli.engine.slack_app.workflows_kind import WorkflowsApps
from pdslack_cli.errors import PdslackError, Problem, ProblemsError
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.slack.app import SlackApp, differences, manifest_of, scopes_of
from pdslack_cli.masking import mask_secrets, mask_value
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.render.output.console import stderr, stdout
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.render.slack.app import (
    print_app,
    print_changes,
    print_provided,
    print_result,
    print_workflows,
    result_json,
    workflows_json,
)

Create = Annotated[
    bool, typer.Option("--create", help="Create the app and store its credentials.", envvar="PDSLACK_CREATE")
]
Update = Annotated[
    bool, typer.Option("--update", help="Give the app this manifest.", envvar="PDSLACK_UPDATE")
]


def app(
    files: Files = None,
    create: Create = False,
    update: Update = False,
    yes: Yes = False,
    sandbox: UseSandbox = False,
    show_secrets: ShowSecrets = False,
    format_: TextOrJsonFormat = TextOrJson.TEXT,
) -> None:
    with reported_errors(Format(format_), files, command="app"):
        if create and update:
            raise PdslackError("--create and --update cannot be used together: an app is created once")
        if not (create or update):
            _print_manifests(load_stack(files)[0], format_, show_secrets=show_secrets)
            return
        with opened(files, sandbox=sandbox, writes=True, tokens_required=False) as context:
            _require_token(context)
            result = (_created if create else _updated)(context, format_, yes=yes)
            provided = None if create else _provided_workflows(context, format_, yes=yes)
        place = context.secrets.place
        if format_ is TextOrJson.JSON:
            more = {"workflows": workflows_json(provided, place)} if provided else {}
            echo_json({**result_json(result, place if create else ""), **more})
        else:
            print_result(result, place if create else "", stdout())
            print_provided(provided, place, stdout())


def _print_manifests(stack: Stack, format_: TextOrJson, *, show_secrets: bool) -> None:
    """Print what is pasted where an app is made by hand; values of variables are masked unless asked for."""
    manifest, scopes = _manifest(stack)
    of_workflows = _workflows_manifest(stack)
    whole = {"manifest": manifest, "scopes": scopes, "workflows_manifest": of_workflows}
    masked_scopes = {mask_secrets(scope): mask_secrets(reason) for scope, reason in scopes.items()}
    shown = whole if show_secrets else {**mask_value(whole), "scopes": masked_scopes}
    if shown != whole:
        note = f"Note: values of {VARIABLE_PREFIX}… are masked; --show-secrets prints them, to be pasted"
        echo(note, err=True)
    if format_ is TextOrJson.JSON:
        echo_json({name: part for name, part in shown.items() if part}, masked=False)  # done above
    else:
        print_app(shown["manifest"], shown["scopes"], stdout(), whole=shown == whole)
        print_workflows(shown["workflows_manifest"], stdout())


def _manifest(stack: Stack) -> tuple[Json, dict[str, str]]:
    """Return the manifest, and its scopes with what they are for."""
    wanted = _wanted(stack)
    scopes = scopes_of(wanted, stack.specs)
    return manifest_of(wanted, scopes), scopes


def _wanted(stack: Stack) -> SlackApp:
    if stack.header.slack_app is None:
        problem = Problem(
            "the stack has no `slack_app`",
            hint="add `slack_app: {socket_mode: true}`, or `slack_app: {url: https://…}`",
        )
        raise ProblemsError([problem])
    return stack.header.slack_app


def _require_token(context: Context) -> None:
    if not context.clients.slack.has("config"):
        raise PdslackError(
            f"{VARIABLES['config']} is not set; create a configuration token at https://api.slack.com/apps, "
            "below the list of apps: it lives for 12 hours"
        )


def _created(context: Context, format_: TextOrJson, *, yes: bool) -> AppResult:
    manifest, _ = _manifest(context.stack)
    if context.app_secrets.known_id():
        raise PdslackError("the app exists already: pass --update to change it")
    print_changes(differences({}, manifest), stderr())
    if not yes:
        confirm("Create this Slack app?", "yes", RunFormat(format_))
    with _recorded(context, APP, SlackApps(context.app_secrets, manifest), "", {}, manifest):
        return create_app(context.clients.slack, context.app_secrets, manifest)


def _updated(context: Context, format_: TextOrJson, *, yes: bool) -> AppResult:
    manifest, _ = _manifest(context.stack)
    app_id = context.app_secrets.known_id()
    if not app_id:
        raise PdslackError(
            "the id of the app is not known: write it as `id:` under `slack_app`, or pass --create"
        )
    before, after, changed = app_changes(context.clients.slack, app_id, manifest)
    if not changed:
        return AppResult(app_id, "")
    print_changes(changed, stderr())
    if not yes:
        confirm(f"Change the Slack app {app_id}?", "yes", RunFormat(format_))
        if app_changes(context.clients.slack, app_id, manifest)[-1] != changed:
            raise PdslackError("the app was changed meanwhile, and nothing is done: run the command again")
    with _recorded(context, APP, SlackApps(context.app_secrets, after), app_id, before, after):
        return update_app(context.clients.slack, app_id, manifest)


def _recorded(
    context: Context, ref: Ref, kind: SlackApps, app_id: str, before: Json, after: Json
) -> AbstractContextManager[None]:
    """Record in the audit log what becomes of an app: no plan of an apply has it."""
    old, new = (manifest_spec(manifest, kind.spec) for manifest in (before, after))
    existing = Existing(Live(kind.name, app_id, old.name, before), old) if app_id else None
    return context.audit.recorded(app_change(context.stack, ref, kind, existing, new, datetime.now(UTC)))


def _workflows_manifest(stack: Stack) -> Json:
    """Return the manifest of the workflows' app, with references in place of ids; empty without workflows."""
    workflows = workflows_of(stack)
    named = IdIndex({ref: str(ref) for ref in references_of(workflows)})
    return workflows_manifest(_wanted(stack), workflows, named) if workflows else {}


def _provided_workflows(context: Context, format_: TextOrJson, *, yes: bool) -> WorkflowsResult | None:
    """Make or update the app of the workflows; None without workflows."""
    workflows, wanted = workflows_of(context.stack), _wanted(context.stack)
    known = context.app_secrets.own_id(WORKFLOWS_APP)
    if not workflows and not known:
        return None
    index = read_ids(context.stack, context.clients, references_of(workflows))
    if not yes:
        confirm(
            f"{'Update' if known else 'Create'} the Slack app of the workflows?", "yes", RunFormat(format_)
        )
    manifest = workflows_manifest(wanted, workflows, index)
    kind = WorkflowsApps(context.app_secrets, manifest, wanted, workflows)
    with _recorded(context, WORKFLOWS_APP, kind, known, {}, manifest):
        return provide_workflows(context.clients, context.app_secrets, wanted, known, workflows, index)
