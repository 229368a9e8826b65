"""The certificates that a server is trusted by. Reading them takes longer than a call: once per process."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import certifi


@cache
def certificates(ca_bundle: str | None) -> ssl.SSLContext:
    """Trust the user's bundle, or the system's and Mozilla's certificates. Raises OSError."""
    if ca_bundle is not None and not Path(ca_bundle).is_file():  # a FIFO would be waited for
        raise FileNotFoundError(ca_bundle)
    context = ssl.create_default_context(cafile=ca_bundle)
    if ca_bundle is None:
        context.load_verify_locations(certifi.where())
    return context
