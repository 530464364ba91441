"""/healthz: whether database, broker, worker and beat are alive, and how the last sweep ended."""

import os
from datetime import datetime, time, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import awaiting_replay
from config.celery import HEARTBEAT_SECONDS, heartbeat, seconds_since
from privacy import ledger
from privacy.errors import PrivacyError
from privacy.models import JournalEntry
from retention.enums import Mode, RunState
from retention.models import SweepRun

# Three beats missed is dead.
STALE_AFTER = 3 * HEARTBEAT_SECONDS
# No answer within this is none.
SECONDS, NO_RETRY = 2, Retry(NoBackoff(), 0)
# When the night begins, and how old the newest may grow (house rule).
NIGHT, LONGEST_WITHOUT = time(3, 17), timedelta(hours=36)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when everything answers, 503 otherwise; counts and times only."""
    state: dict[str, object] = {
        "database": _database(),
        "broker": _broker(),
        "worker": _workers(),
        "beat": _alive("beat"),
    }
    is_there = state["database"] == "ok"
    fault = _ledger_fault() if is_there else ""
    state["ledger"] = "unknown" if not is_there else ("failing" if fault else "ok")
    if awaiting_replay.state.is_behind():
        state["ledger"] = "awaiting replay"
    state["sweep"] = _sweep() if is_there else "unknown"
    healthy = all(value == "ok" for value in state.values())
    state["last_sweep"] = _last_sweep() if is_there else None
    if fault and _is_on_the_machine(request):
        state["ledger_fault"] = fault
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
    options = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, retry=NO_RETRY, **options) as broker:
            broker.ping()
    except (redis.RedisError, OSError):
        return "unreachable"
    return "ok"


def _workers() -> str:
    """The one for the office and, where it was started, the one for what somebody waits for."""
    state = _alive("worker")
    if state == "ok" and heartbeat("urgent").exists():
        return _alive("urgent")
    return state


def _ledger_fault() -> str:
    """In a sentence, why the file is not this database's newest one; empty where it is."""
    try:
        ledger.refuse_unfit()
        ledger.refuse_late()
    except (PrivacyError, DatabaseError) as error:
        return str(error) if isinstance(error, PrivacyError) else type(error).__name__
    return ""


def _sweep() -> str:
    """Whether the newest night that was applied is young enough; a young office may have none."""
    now = timezone.now()
    applied = SweepRun.objects.filter(
        mode=Mode.APPLY, finished_at__isnull=False, night__lte=timezone.localdate(now)
    )
    newest = applied.exclude(state=RunState.FAILED).order_by("-night").first()
    if newest is not None:
        begun = timezone.make_aware(datetime.combine(newest.night, NIGHT))
        if now - begun <= LONGEST_WITHOUT:
            return "ok"
    first = JournalEntry.objects.order_by("number").values_list("at", flat=True).first()
    if first is None:
        return "ok" if newest is None else "too old"
    return "ok" if now - first <= LONGEST_WITHOUT else "too old"


def _is_on_the_machine(request: HttpRequest) -> bool:
    """Asked from this very machine, and through no proxy."""
    is_direct = "HTTP_X_FORWARDED_FOR" not in request.META
    return is_direct and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}


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
