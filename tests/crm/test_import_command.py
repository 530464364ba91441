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
from crm.imports import cards, properties, uploads, work
from crm.imports.aliases import Why
from crm.models import Contact, ImportBatch, ImportChange, SourceRestriction
from privacy.models import JournalEntry
from tests.crm.importing import HEADER, member, notice, people, undone
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
        path.write_text(content, newline="")
        said = {"source": "card", "role": "prospect", "apply": True, "json": True}
        said |= {"by": by.username, "basis": "legitimate_interests", "notice": "1", **named}
        out, err = io.StringIO(), io.StringIO()
        call_command("import_contacts", str(path), *options, stdout=out, stderr=err, **said)
        text = out.getvalue()
        return (json.loads(text) if said["json"] else text), err.getvalue()

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


WIDE = (
    "First Name,Last Name,E-mail,Work Email,Birthday,Birth year,Age,Religion,Spouse,,Tags,"
    "Email Opt Out,Zzz\n"
    "Ann,Bee,ann@example.com,,1980-01-02,1980,44,Quaker,Zed,,unsubscribed,no,q\n"
)
BECAME = [
    ("First Name", "given", ""),
    ("Last Name", "family", ""),
    ("E-mail", "email", ""),
    ("Work Email", "email", ""),
    ("Birthday", "born_on", ""),
    ("Birth year", None, Why.GATE.label),
    ("Age", "age", Why.GATE.label),
    ("Religion", None, Why.SENSITIVE.label),
    ("Spouse", None, Why.EXCESS.label),
    ("", None, Why.BLANK.label),
    ("Tags", None, Why.NO.label),
    ("Email Opt Out", "opt_out_email", ""),
    ("Zzz", None, Why.UNKNOWN.label),
]


def became(result):
    return [tuple(column.values()) for column in result["read"]["columns"]]


@pytest.mark.parametrize("apply", [True, False])
def test_each_column_of_the_header_is_answered_for(run, apply):
    result, _progress = run(WIDE, apply=apply)

    assert list(result["read"]["columns"][0]) == ["header", "meaning", "reason"]
    assert became(result) == [(a, b, str(c)) for a, b, c in BECAME]
    assert "Quaker" not in json.dumps(result)


def test_in_words_each_meaning_and_each_reason_is_a_line(run):
    text, _progress = run(WIDE, apply=False, json=False)

    lines = text.splitlines()
    assert "Read as e-mail address: E-mail, Work Email." in lines
    assert "Dropped (more than the firm needs): Spouse." in lines
    assert "Dropped (no heading): column 10." in lines
    assert "Dropped (read for the age gate alone, not stored): Birth year, Age." in lines
    assert "Quaker" not in text


def test_what_was_dropped_by_hand_is_not_called_unknown(run):
    options = [f"--map={column}" for column in ("1=given", "2=family", "3=email")]

    result, _progress = run(people(1), *options, apply=False)

    reasons = {header: reason for header, _meaning, reason in became(result)}
    assert reasons["Phone"] == reasons["Company"] == Why.HAND.label
    assert reasons["Birthday"] == Why.GATE.label


def test_without_a_header_each_column_is_answered_for_too(run):
    options = [f"--map={column}" for column in ("1=given", "2=family", "3=email")]

    result, _progress = run("Ann,Bee,ann@example.com,x\n", "--first-row-is-data", *options)

    assert became(result)[2:] == [("column 3", "email", ""), ("column 4", None, Why.HAND.label)]


CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lark;Ann\r\nitem1.EMAIL:lark@example.com\r\n"
    "NOTE:long\r\n FAX:folded\r\nX-AGE:40\r\nCATEGORIES:club\r\nX-DO-NOT-CALL:yes\r\n"
    "PHOTO:x\r\nTEL:+852 2555 0101\r\nBDAY:1980-01-02\r\nADR:;;1 Road;Ayton;;;\r\nEND:VCARD\r\n"
)


def test_each_property_of_cards_is_answered_for_once(run):
    result, _progress = run(CARD + CARD.replace("\r\nN:", "\r\nUID:1\r\nN:"), apply=False)

    assert became(result) == [
        ("VERSION", None, Why.FORM.label),
        ("N", "full", ""),
        ("EMAIL", "email", ""),
        ("NOTE", None, Why.EXCESS.label),
        ("X-AGE", None, Why.GATE.label),
        ("CATEGORIES", None, Why.NO.label),
        ("X-DO-NOT-CALL", None, Why.NO.label),
        ("PHOTO", None, Why.EXCESS.label),
        ("TEL", "phone", ""),
        ("BDAY", "born_on", ""),
        ("ADR", "address", ""),
        ("UID", None, Why.FORM.label),
    ]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_properties_are_found_however_lines_end(end):
    text = CARD.replace("\r\n", end)

    assert properties.held(text, cards.dropped(text))[:3] == ("VERSION", "N", "EMAIL")


def test_every_property_that_is_read_has_a_meaning():
    assert properties.MEANING.keys() | properties.FORM >= properties.READ


MIXED = HEADER + (
    "Ann,Bee,ann@example.com,,,,\n"
    "Cid,Dee,nothing,,,,\n"
    "Kid,Doe,kid@example.com,,,2020-01-01,\n"
    "Eve,Fox,eve@example.com,,,1/1/1900,\n"
)


@pytest.mark.parametrize("apply", [True, False])
def test_every_row_has_its_verdict_for_whoever_asks(run, monkeypatch, apply):
    monkeypatch.setattr(rows_in, "CHUNK", 2)

    result, _progress = run(MIXED, "--verdicts", apply=apply)

    said = [(row["row"], row["verdict"], bool(row["reason"])) for row in result["verdicts"]]
    assert said == [
        (2, "create", False),
        (3, "invalid", True),
        (4, "refused", True),
        (5, "create", True),
    ]
    text = json.dumps(result)
    assert not any(value in text for value in ('nothing"', "kid@", "2020", "Cid"))
    assert "verdicts" not in run(MIXED, apply=False)[0]


@pytest.mark.parametrize("apply", [True, False])
def test_in_words_every_row_has_a_line(run, apply):
    text, _progress = run(MIXED, "--verdicts", apply=apply, json=False)

    rows = [line for line in text.splitlines() if line.startswith("row ")]
    assert rows[0] == "row 2: create"
    assert [line.split(":")[0] for line in rows] == ["row 2", "row 3", "row 4", "row 5"]
    assert rows[2] == "row 4: refused: under 16"


def test_a_file_without_rows_has_no_verdicts_and_is_json_all_the_same(run):
    assert run(HEADER, "--verdicts", apply=False)[0]["verdicts"] == []


def test_the_plan_says_the_same_as_the_import(run):
    plan, _progress = run(MIXED, "--verdicts", apply=False)
    done, _progress = run(MIXED, "--verdicts")

    assert plan.keys() == done.keys()
    assert (plan["read"], plan["verdicts"]) == (done["read"], done["verdicts"])


def test_rows_given_back_are_whole_though_the_plan_holds_none(run, tmp_path):
    run(MIXED, apply=False, rejects=tmp_path / "back.csv")

    lines = (tmp_path / "back.csv").read_text().splitlines()
    assert lines[1].endswith("Cid,Dee,nothing,,,,")
    assert lines[2] == "4,refused,under 16"


def test_a_doubtful_file_is_planned_and_goes_in_only_when_somebody_says_so(run):
    text = HEADER + "Zo\ufffd,Bee,zo@example.com,,,,\n"

    assert len(run(text, apply=False)[0]["read"]["doubts"]) == 1
    with pytest.raises(CommandError, match="--despite-doubts"):
        run(text)
    assert not Contact.objects.exists()
    assert run(text, "--despite-doubts")[0]["counts"]["create"] == 1
