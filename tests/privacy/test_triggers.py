"""Append-only tables stay so, by model, by SQL, and after every migration."""

import uuid

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction

from privacy import journal, triggers
from privacy.errors import AppendOnly
from privacy.models import JournalEntry, Permit


@pytest.mark.both
@pytest.mark.django_db
def test_append_only_tables_refuse_update_and_delete_by_model_and_sql():
    entry = journal.record("test.act", by=None, facts={"rows": 1})

    with pytest.raises(AppendOnly):
        entry.save()
    with pytest.raises(AppendOnly):
        JournalEntry.objects.update(verb="x")
    with pytest.raises(AppendOnly):
        JournalEntry.objects.all().delete()
    for statement in (
        "UPDATE privacy_journalentry SET verb = 'x'",
        "DELETE FROM privacy_journalentry",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE privacy_journalentry")
    assert journal.verify() == 1


@pytest.mark.both
@pytest.mark.django_db
def test_every_append_only_table_has_its_triggers():
    assert len(list(triggers.append_only_models())) >= 2
    assert triggers.missing() == []


@pytest.mark.both
@pytest.mark.django_db
def test_a_permit_left_behind_is_an_error():
    Permit.objects.create(token=uuid.uuid4())

    with pytest.raises(SystemCheckError, match="E018"):
        call_command("check", databases=["default"])
