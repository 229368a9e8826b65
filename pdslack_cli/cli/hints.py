"""What to write here in place of the words that people bring from other tools."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_FLAGS: Mapping[str, str] = {
    "target": "use --only KIND/KEY, e.g. --only service/payments-api",
    "resource": "use --only KIND/KEY, e.g. --only service/payments-api",
    "auto-approve": "use --yes with apply and destroy",
    "chdir": "use -C FOLDER",
    "var": "set the environment variable PDSLACK_VAR_name, or `vars:` in the file",
    "var-file": "set environment variables PDSLACK_VAR_name, or `vars:` in a file of the folder",
    "dry-run": "use `pdslack plan`",
    "destroy": "use `pdslack destroy`",
    "json": "use --format json",
    "output": "use --format FORMAT, or --out FILE",
    "verbose": "use --debug",
    "filename": "use -f FILE",
    "recursive": "folders inside a folder are not searched: name each folder",
}
_OF_DESTROY = (
    "`destroy` deletes all that the owner marks; to delete some objects, remove their entries from the files "
    "and run `pdslack plan`, then `pdslack apply`"
)
_COMMANDS: Mapping[str, str] = {
    "import": "use `pdslack adopt REF` for what the files describe, `pdslack export` to write files",
    "preview": "use `pdslack plan`",
    "diff": "use `pdslack plan`",
    "refresh": "there is no state to refresh: `pdslack plan` reads what is live",
    "state": "there is no state file: marks in the objects say what is managed; see adopt and release",
    "up": "use `pdslack apply`",
    "deploy": "use `pdslack apply`",
    "sync": "use `pdslack apply`",
    "down": "use `pdslack destroy`",
    "delete": "use `pdslack destroy`, or remove the entry from the files and run `pdslack apply`",
    "check": "use `pdslack validate`",
    "lint": "use `pdslack validate`",
    "taint": "use `pdslack rotate REF` to renew a webhook and its secret",
    "help": "use `pdslack --help`, or `pdslack COMMAND --help`",
}


def hint_for(refusal: str, words: Sequence[str]) -> str:
    """The hint for a command line and why it was refused; "" where it holds no word of another tool."""
    if command := re.match("No such command '(.*?)'", refusal):
        return _COMMANDS.get(command[1], "")
    if not refusal.startswith("No such option"):
        return ""
    flags = [word.lstrip("-").partition("=")[0] for word in words if word.startswith("-")]
    if "destroy" in words and {"target", "only"} & {*flags}:
        return _OF_DESTROY
    return next((_FLAGS[flag] for flag in flags if flag in _FLAGS), "")
