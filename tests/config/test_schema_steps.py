"""A step of the schema, back and forth, on both databases: it goes, and the triggers are there."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from privacy import triggers
from privacy.models import Purpose
from tests.journeys import scratch

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def before(app):
    """The migration before an app's last one."""
    loader = MigrationLoader(connection)
    (leaf,) = loader.graph.leaf_nodes(app)
    (parent,) = (node.key for node in loader.graph.node_map[leaf].parents if node.key[0] == app)
    return parent[1]


def test_each_app_goes_one_step_back_and_forth(tmp_path):
    with scratch.database(tmp_path):
        for app in ("retention", "privacy", "crm"):
            call_command("migrate", app, before(app), verbosity=0)
            call_command("migrate", verbosity=0)
            assert triggers.missing() == []
        assert Purpose.objects.exists()
        call_command("check", databases=["default"], verbosity=0)


def test_a_schema_of_long_ago_comes_forward_again(tmp_path):
    with scratch.database(tmp_path):
        call_command("migrate", "privacy", "0020", verbosity=0)
        call_command("migrate", "crm", "0010", verbosity=0)
        call_command("migrate", verbosity=0)

        assert triggers.missing() == []
        call_command("check", databases=["default"], verbosity=0)
