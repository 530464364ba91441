"""The command imports the console's way: named, journalled, in parts, and undone like any other."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config import roles
from crm.enums import ImportState, SourceType
from crm.imports import batch as rows_in
from crm.imports import uploads, work
from crm.models import Contact, ImportBatch, ImportChange, SourceRestriction
from privacy.models import JournalEntry
from tests.crm.importing import member, notice, people, undone
from tests.factories.crm import SupplierReviewFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def by():
    notice()
    return member()


@pytest.fixture
def run(tmp_path, by):
    path = tmp_path / "people.csv"

    def run(content, *options, **named):
        path.write_text(content)
        said = {"source": "card", "role": "prospect", "apply": True, "json": True}
        said |= {"by": by.username, "basis": "legitimate_interests", "notice": "1", **named}
        out, err = io.StringIO(), io.StringIO()
        call_command("import_contacts", str(path), *options, stdout=out, stderr=err, **said)
        return json.loads(out.getvalue()), err.getvalue()

    return run


def test_an_import_of_the_command_is_undone_like_one_of_the_console(run, by):
    result, _progress = run(people(3))

    batch = ImportBatch.objects.get()
    assert (str(batch.uuid), batch.state) == (result["import"], ImportState.DONE)
    assert (batch.basis, batch.notice) == ("legitimate_interests", "policy 1")
    assert (batch.created_by, batch.confirmed_by) == (by, by)
    assert ImportChange.objects.filter(batch=batch).count() == 3
    assert not uploads.path_of(batch).exists()
    references = Contact.objects.values_list("source__import_reference", flat=True)
    assert set(references) == {batch.uuid}

    assert undone(batch, by=by).state == ImportState.UNDONE
    assert not Contact.objects.living().exists()


def test_a_plan_needs_nobody_and_leaves_no_import(run):
    result, _progress = run(people(3), apply=False, by=None, basis="", notice="")

    assert (result["counts"]["create"], result["import"]) == (3, "")
    assert not ImportBatch.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("missing", ["by", "basis", "notice"])
def test_to_import_needs_whom_why_and_which_notice(run, missing):
    with pytest.raises(CommandError, match="--apply needs --by, --basis and --notice"):
        run(people(1), **{missing: None if missing == "by" else ""})

    assert not ImportBatch.objects.exists()


def test_only_an_approved_notice_can_be_named(run):
    NoticeFactory(name="policy", version="2", approved_at=None, approved_by=None)

    for version in ("2", "policy 2", "newsletter 1", "any"):
        with pytest.raises(CommandError, match="no approved notice"):
            run(people(1), notice=version)
    assert run(people(1), notice="policy 1")[0]["applied"]


def test_whoever_may_only_propose_imports_nothing(run):
    with pytest.raises(CommandError, match="only propose"):
        run(people(1), by=member(roles.STAFF).username)

    assert not Contact.objects.exists()


def test_whoever_may_not_enter_such_people_is_refused(run):
    with pytest.raises(CommandError, match="may not enter people of this role"):
        run(people(1), by=member(roles.STAFF).username, role="employee")


@pytest.mark.parametrize("apply", [True, False])
def test_progress_goes_to_the_other_stream(run, monkeypatch, apply):
    monkeypatch.setattr(rows_in, "CHUNK", 2)

    _result, progress = run(people(5), apply=apply)

    assert progress.split("\n")[:3] == ["2 of 5 rows", "4 of 5 rows", "5 of 5 rows"]


@pytest.mark.parametrize("apply", [True, False])
def test_a_brokers_file_needs_its_licence_here_too(run, apply):
    with pytest.raises(CommandError, match="licence or contract"):
        run(people(1), source=SourceType.BROKER, apply=apply)

    later = (timezone.localdate() + timedelta(days=9)).isoformat()
    licence = {"evidence": "shelf 4", "expires_on": later}
    with pytest.raises(CommandError, match="Say which organisation supplied it"):
        run(people(1), source=SourceType.BROKER, apply=apply, **licence)
    firm = SupplierReviewFactory().organisation
    run(people(1), source=SourceType.BROKER, apply=apply, supplier=str(firm.uuid), **licence)
    assert SourceRestriction.objects.count() == int(apply)


def test_what_stops_it_is_said_and_can_be_undone(run, by, monkeypatch):
    monkeypatch.setattr(rows_in, "CHUNK", 2)
    real = work._note_changes

    def stopped(batch, engine):
        if batch.done_up_to or ImportChange.objects.exists():
            raise KeyboardInterrupt
        real(batch, engine)

    monkeypatch.setattr(work, "_note_changes", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(people(5))
    monkeypatch.undo()

    batch = ImportBatch.objects.get()
    assert (batch.state, batch.failure) == (ImportState.FAILED, "Stopped by hand.")
    assert str(batch.uuid) not in work.abandoned()
    assert Contact.objects.count() == 2
    undone(batch, by=by)
    assert not Contact.objects.living().exists()


def test_doubt_and_contradictions_are_said(run):
    text = (
        "Name,Email,Birthday,Opt out\nAnn Lark,a@example.com,3/4/1980,no\n"
        "Ann Lark,a@example.com,,yes\n"
    )

    result, _progress = run(text, dates="day-first")

    assert [row["row"] for row in result["noted"]] == [2, 3]
    assert Contact.objects.get().demographics.date_of_birth.isoformat() == "1980-04-03"
    assert "rows 2;" in run(text, apply=False)[0]["read"]["warnings"][0]


def test_the_journal_names_who_imported_and_how_many(run, by):
    run(people(2))

    entry = JournalEntry.objects.get(verb="contacts.import")
    assert (entry.actor, entry.facts["create"]) == (f"user:{by.pk}", 2)
