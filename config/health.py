"""/healthz: whether database, broker, worker and beat are alive, and how the last sweep ended."""

import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from config import awaiting_replay
from config.celery import HEARTBEAT_SECONDS, app, seconds_since
from retention.enums import Mode
from retention.models import SweepRun

# Three beats missed is dead.
STALE_AFTER = 3 * HEARTBEAT_SECONDS


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when everything answers, 503 otherwise; counts and times only."""
    state: dict[str, object] = {
        "database": _database(),
        "broker": _broker(),
        "worker": _alive("worker"),
        "beat": _alive("beat"),
        "ledger": "awaiting replay" if awaiting_replay.state.is_behind() else "ok",
    }
    healthy = all(value == "ok" for value in state.values())
    state["last_sweep"] = _last_sweep() if state["database"] == "ok" else None
    return JsonResponse(
        {"status": "ok" if healthy else "failing", **state}, status=200 if healthy else 503
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    if not settings.REDIS_URL:
        folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]
        return "ok" if os.access(folder, os.R_OK | os.W_OK | os.X_OK) else "unreachable"
    try:
        with app.connection_for_write(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return "unreachable"
    return "ok"


def _alive(name: str) -> str:
    age = seconds_since(name)
    if age is None:
        return "not started"
    return "ok" if age < STALE_AFTER else "stale"


def _last_sweep() -> dict[str, object] | None:
    run = SweepRun.objects.filter(mode=Mode.APPLY).order_by("-pk").first()
    if run is None:
        return None
    return {"night": run.night.isoformat(), "state": run.state}
