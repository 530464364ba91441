"""An invented office: the same people on the same day, for looking at, never for work.

Every address is under example.com, example.net or example.org (RFC 2606), every number in a range
that a regulator keeps for fiction, every firm has "Example" in its name. Only the pass-phrases
are random, and they are returned once.
"""

from crm.demo.office import build

__all__ = ["build"]
