"""How hypothesis runs here."""

from __future__ import annotations

from hypothesis import settings

# The first condition of a process loads the grammar, and machines share their processors.
settings.register_profile("routing", deadline=None)
settings.load_profile("routing")
