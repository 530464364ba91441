"""Until a restored database has caught up with its ledger, every page but /healthz answers 503.

A database that was restored shows people who are gone and would take in people who said "no"
(DESIGN 8; law P14). Each process looks when it starts; one that found the database behind looks
again, at most every few seconds, and opens by itself when the replay has run.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from privacy import replay

OPEN_PATHS = ("/healthz",)
LOOK_AGAIN_AFTER = 5.0  # seconds


class State:
    """What this process saw when it last looked."""

    def __init__(self) -> None:
        self.behind = False
        self.looked_at = 0.0

    def look(self) -> bool:
        """Ask ledger and database now; returns whether the database is behind."""
        self.behind = bool(replay.outstanding())
        self.looked_at = time.monotonic()
        return self.behind

    def is_behind(self) -> bool:
        """What was seen last; looked at anew while shut, never while open."""
        if self.behind and time.monotonic() - self.looked_at >= LOOK_AGAIN_AFTER:
            self.look()
        return self.behind


state = State()


class AwaitingReplay:
    """Middleware: shut, in one sentence, until the ledger has been replayed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in OPEN_PATHS or not state.is_behind():
            return self.get_response(request)
        return HttpResponse(
            _("Lethe was restored and stays shut until its ledger has been replayed.") + "\n",
            status=503,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": "60", "Cache-Control": "no-store"},
        )
