"""What every test stands on: a ledger of its own, tables that can be emptied, the guards."""

from datetime import date

import hypothesis
import pytest
from django.db import connection
from django.utils import timezone

from privacy import triggers

pytest_plugins = ["tests.guards"]

# Two cores and a first look-up of numbering plans are no reason to fail.
hypothesis.settings.register_profile("lethe", deadline=None, derandomize=True)
hypothesis.settings.load_profile("lethe")


# The day on which this run began, as modules that were read then call today.
BEGUN_ON = timezone.localdate()


@pytest.fixture(autouse=True)
def today_is_today(request):
    go_on_with_the_day(request.module)


def go_on_with_the_day(module):
    """Where a run crosses midnight in Hong Kong, what a module calls TODAY goes on with it."""
    today = timezone.localdate()
    called = getattr(module, "TODAY", None)
    if called not in {BEGUN_ON, getattr(module, "_today", BEGUN_ON)} or called == today:
        return
    for name in ("TODAY", "EVENT"):
        if isinstance(day := getattr(module, name, None), date):
            setattr(module, name, day + (today - called))
    module._today = today


@pytest.fixture(autouse=True)
def own_ledger(settings, tmp_path):
    path = settings.VAR / "ledger" / f"{tmp_path.name}.jsonl"
    path.unlink(missing_ok=True)
    settings.PRIVACY_LEDGER_FILE = path


@pytest.fixture(autouse=True)
def append_only_tables_can_be_flushed(request):
    """A test with real transactions ends with a flush, which the triggers would refuse."""
    marker = request.node.get_closest_marker("django_db")
    if not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    yield
    with connection.cursor() as cursor:
        for model in triggers.append_only_models():
            for name in triggers.names(model, connection.vendor):
                on = f' ON "{model._meta.db_table}"' if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')
