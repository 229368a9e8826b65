"""Hints for command lines in the syntax of other tools."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_ONLY = "use --only KIND/KEY, e.g. --only service/payments-api, or a pattern: --only 'service/*'"
_VARIABLE = "set the environment variable PDSLACK_VAR_name, or `vars:` in a file of the folder"
_NO_STATE = "there is no state: `pdslack plan` always reads what is live"
_FLAGS: Mapping[str, str] = {
    "target": _ONLY,
    "resource": _ONLY,
    "selector": _ONLY,
    "l": _ONLY,
    "auto-approve": "use --yes with apply and destroy",
    "chdir": "use -C FOLDER",
    "cwd": "use -C FOLDER",
    "var": _VARIABLE,
    "var-file": _VARIABLE,
    "dry-run": "use `pdslack plan`",
    "destroy": "use `pdslack destroy`",
    "json": "use --format json",
    "o": "use --format FORMAT, or --out FILE",
    "output": "use --format FORMAT, or --out FILE",
    "verbose": "use --debug",
    "v": "use --debug, or --version",
    "filename": "use -f FILE",
    "recursive": "folders inside a folder are not searched: name each folder",
    "R": "folders inside a folder are not searched: name each folder",
    "refresh": _NO_STATE,
    "refresh-only": _NO_STATE,
    "state": _NO_STATE,
    "state-out": _NO_STATE,
    "reconfigure": _NO_STATE,
    "migrate-state": _NO_STATE,
    "backend-config": _NO_STATE,
    "upgrade": "there is nothing to install beside pdslack itself, and `pdslack init` writes a new stack",
    "replace": "use `pdslack rotate REF` for webhooks; nothing else needs a replacement",
    "check": "use `pdslack fmt --check`",
    "diff": "use `pdslack fmt --check`, or `pdslack plan`",
    "write": "use `pdslack fmt`; with --check it changes nothing",
    "lock": "runs that write in the same folder wait for each other; this cannot be disabled",
    "lock-timeout": "runs that write in the same folder wait for each other",
    "parallelism": "pdslack finds the pace that PagerDuty and Slack allow on its own",
    "input": "questions are asked on a terminal only; --yes answers them",
    "no-color": "set the environment variable NO_COLOR=1",
    "compact-warnings": "use --quiet",
    "prune": "objects removed from the files are deleted anyway; --no-delete keeps them",
    "cascade": "objects removed from the files are deleted anyway; --no-delete keeps them",
    "force": "use --yes; `pdslack plan` names the flag for each thing that is refused",
    "namespace": "use another `owner:` for a separate stack, or `--only`",
    "n": "use another `owner:` for a separate stack, or `--only`",
    "context": "set the tokens of the account in the environment or in .env",
    "profile": "set the tokens of the account in the environment or in .env",
    "stack": "use -C FOLDER, or name the files",
}
_OF_DESTROY = (
    "`destroy` deletes all that the owner marks; to delete some objects, remove their entries from the files "
    "and run `pdslack plan`, then `pdslack apply`"
)
_LISTS = "use `pdslack list` for what the accounts have, `pdslack output` for ids of what is managed"
_OWNERS = "stacks that are applied apart are folders with another `owner:` each; -C FOLDER chooses one"
_COMMANDS: Mapping[str, str] = {
    "import": "use `pdslack adopt REF` for what the files describe, `pdslack export` to write files",
    "preview": "use `pdslack plan`",
    "diff": "use `pdslack plan`",
    "dry-run": "use `pdslack plan`",
    "status": "use `pdslack plan`",
    "drift": "use `pdslack plan`",
    "refresh": "there is no state to refresh: `pdslack plan` reads what is live",
    "state": "there is no state file: marks record which objects are managed; see adopt, release and list",
    "workspace": _OWNERS,
    "env": "use `pdslack output`",
    "up": "use `pdslack apply`",
    "deploy": "use `pdslack apply`",
    "sync": "use `pdslack apply`",
    "create": "add an entry to the files and use `pdslack apply`",
    "edit": "change the files and use `pdslack apply`",
    "down": "use `pdslack destroy`",
    "delete": "use `pdslack destroy`, or remove the entry from the files and run `pdslack apply`",
    "rm": "remove the entry from the files and run `pdslack apply`; `pdslack release REF` keeps the object",
    "mv": "change the key in the file and write the old one as `previously:`",
    "rename": "change the key in the file and write the old one as `previously:`",
    "rollback": "restore the files of an earlier commit and run `pdslack apply`",
    "undo": "restore the files of an earlier commit and run `pdslack apply`",
    "check": "use `pdslack validate`",
    "lint": "use `pdslack validate`",
    "format": "use `pdslack fmt`",
    "get": _LISTS,
    "ls": _LISTS,
    "describe": "use `pdslack explain` for fields of a file, `pdslack export --only REF` for what is live",
    "docs": "use `pdslack explain`",
    "dump": "use `pdslack export`",
    "pull": "use `pdslack export`",
    "taint": "use `pdslack rotate REF` to renew a webhook and its secret",
    "untaint": "there is no state file, so nothing is marked as tainted",
    "force-unlock": "a lock ends with the run that holds it",
    "login": "set tokens in the environment or in .env; `pdslack doctor` shows which are needed",
    "console": "use `pdslack route` to try an event, `pdslack explain` for the language of conditions",
    "completion": "use `pdslack --install-completion`",
    "simulate": "use `pdslack route`, or `pdslack test`",
    "help": "use `pdslack --help`, or `pdslack COMMAND --help`",
}


def hint_for(refusal: str, words: Sequence[str]) -> str:
    """Return a hint for a rejected command line and its error; "" if the error is sufficient."""
    if command := re.match("No such command '(.*?)'", refusal):
        return _COMMANDS.get(command[1], "")
    if not refusal.startswith("No such option"):
        return ""
    flags = {word.lstrip("-").partition("=")[0]: word for word in words if word.startswith("-")}
    if "destroy" in words and {"target", "only"} & flags.keys():
        return _OF_DESTROY
    single = [name for name, word in flags.items() if len(name) > 1 and not word.startswith("--")]
    hints = [_FLAGS[flag] for flag in flags if flag in _FLAGS]
    hints += [f"long options begin with two dashes: --{name}" for name in single]
    return next(iter(hints), "")
