"""SQLite's write-ahead log is emptied, or it is said that it could not be yet."""

import sqlite3

from django.db import connection

from privacy import disposal
from privacy.models import Finding
from tests.journeys import scratch


def test_a_reader_in_the_way_is_said_and_the_log_emptied_after_it(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), scratch.database(tmp_path):
        connection.cursor().execute("PRAGMA busy_timeout=100")
        file = connection.settings_dict["NAME"]
        reader = sqlite3.connect(file)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM privacy_finding").fetchone()
        Finding.objects.create(place="t.c")

        assert disposal.settle() is False
        reader.close()
        assert disposal.settle() is True
