"""What every test stands on: a ledger of its own, tables that can be emptied, the guards."""

import hypothesis
import pytest
from django.db import connection

from privacy import triggers

pytest_plugins = ["tests.guards"]

# Two cores and a first look-up of numbering plans are no reason to fail.
hypothesis.settings.register_profile("lethe", deadline=None, derandomize=True)
hypothesis.settings.load_profile("lethe")


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
