"""Recognise the YAML files of other programs beside a stack; Docker Compose has `services` as well."""

from __future__ import annotations

from collections.abc import Collection

from yaml import YAMLError

from pdslack_cli.config.sections import SECTIONS, TOP_LEVEL_KEYS, belong_to_stack
from pdslack_cli.config.yaml.peek import key_paths, top_level

_OF_COMPOSE = "version name services networks volumes configs secrets models include"
_OF_SERVICE = """
<< annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs
container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus
cpuset credential_spec deploy develop device_cgroup_rules devices dns dns_opt dns_search
domainname entrypoint env_file environment expose extends external_links extra_hosts gpus group_add
healthcheck hostname image init ipc isolation label_file labels links logging mac_address mem_limit
mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj
pid pids_limit platform ports post_start pre_stop privileged profiles provider pull_policy read_only
restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt
sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir
"""
COMPOSE_KEYS = frozenset(_OF_COMPOSE.split())
SERVICE_KEYS = frozenset(_OF_SERVICE.split())
"""The keys of a service of Compose that none of ours has."""
SHARED_KEYS = frozenset({"depends_on"})
"""The keys of a service of Compose that ours have too: they do not tell which of the two a service is."""


def is_foreign(text: str, keys: Collection[str] | None = None) -> bool:
    """Return whether a file, with these top-level keys if they are known, is one of another program.

    Invalid YAML is not, because it may be part of a stack: skipping it would let a plan delete its objects.
    """
    well_formed = True
    if keys is None:
        keys, well_formed = top_level(text)
    return well_formed and (not belong_to_stack(keys) or _is_docker_compose(text))


def is_surely_ours(text: str) -> bool:
    """Return whether a file has sections of a stack, and no other top-level keys."""
    keys, well_formed = top_level(text)
    known = all(key in TOP_LEVEL_KEYS or key.startswith("x-") for key in keys)
    return well_formed and known and any(key in SECTIONS for key in keys) and not _is_docker_compose(text)


def _is_docker_compose(text: str) -> bool:
    """Return whether each key of a file, and each key of its services, is one of Docker Compose.

    A file with any key of a stack is never one, nor a file without services, nor one with a service that has
    no key of Docker Compose alone. Reading ends at the first other key.
    """
    filled: dict[str, bool] = {}  # the services, and whether they have such keys
    try:
        for path in key_paths(text, depth=3):
            key, known = path[-1], COMPOSE_KEYS if len(path) == 1 else SERVICE_KEYS
            if path[0] == "services" and len(path) == 2:
                filled[key] = False
            elif len(path) == 1 or path[0] == "services":
                if key in SHARED_KEYS and len(path) > 2:
                    continue
                if key not in known and not key.startswith("x-"):
                    return False
                filled |= dict.fromkeys(path[1:2], True)
    except YAMLError:
        return False
    return bool(filled) and all(filled.values())
