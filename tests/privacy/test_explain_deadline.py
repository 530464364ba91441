"""The command: one clock with its reasons, or a table of letters."""

import csv
import json
import os
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from privacy.deadlines import DeadlineError, Pause, compute, periods
from privacy.enums import Regime, Right

OWN = """jurisdiction,request_kind,received,paused_from,paused_to,extended,holiday_calendar,note
EU,access,2026-08-31,,,false,NONE,clamped
EU,extension_notice,2026-08-31,,,false,EU_IE,never rolled
EU,access:id_check,2026-05-04,2026-05-06,2026-05-09,true,EU_BE,three days more
HK,pdpo_access,2026-07-30,,,false,HK_GENERAL;gale=2026-09-08;gale=2026-09-09,a typhoon
HK,policy_combined_access,2026-07-01,,,false,NONE,"month, not day 40"
EU,breach_sa_notice,2026-10-23T18:30+02:00,,,false,NONE,hours
"""
DUE = ["2026-09-30", "2026-09-30", "2026-08-07", "2026-09-10", "2026-08-01"]


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("explain_deadline", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_one_clock_in_words_and_as_json():
    words, _err = run("--regime", "HK_PDPO", "--right", "access", "--received", "2026-02-22")
    text, _err = run(
        "--regime", "HK_PDPO", "--right", "access", "--received", "2026-02-22", "--json"
    )

    facts = json.loads(text)
    assert set(facts) == {
        *("nominal", "due", "unsuspended", "paused_since", "rolled", "target"),
        *("extension_notice_by", "trace"),
    }
    assert (facts["nominal"], facts["due"]) == ("2026-04-03", "2026-04-08")
    assert facts["extension_notice_by"] is None
    assert "2026-04-08" in words
    assert "s.19(1)" in words


def test_pauses_extension_calendar_and_closures_are_taken():
    text, _err = run(
        *("--regime", "EU_GDPR", "--right", "access", "--received", "2025-01-31"),
        *("--pause", "2025-02-03:2025-02-10:id_check", "--extended", "--calendar", "IE", "--json"),
    )
    closed, _err = run(
        *("--regime", "HK_PDPO", "--right", "correction", "--received", "2026-07-30"),
        *("--closure", "2026-09-08", "--closure", "2026-09-09", "--json"),
    )

    assert json.loads(text)["due"] == "2025-05-07"
    assert json.loads(closed)["due"] == "2026-09-10"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "--regime, --right, --received"),
        (["--regime", "EU", "--right", "access", "--received", "2026-01-01"], "EU_GDPR"),
        # Art. 12A UK GDPR counts in another way; no clock is better than a wrong one.
        (["--regime", "UK_GDPR", "--right", "access", "--received", "2026-01-01"], "not known"),
        (["--regime", "EU_GDPR", "--right", "tea", "--received", "2026-01-01"], "not known"),
        (["--regime", "EU_GDPR", "--right", "access", "--received", "1.1.2026"], "YYYY-MM-DD"),
        (
            [
                *("--regime", "EU_GDPR", "--right", "access", "--received", "2026-01-01"),
                *("--pause", "2026-01-05"),
            ],
            "FROM:TO:REASON",
        ),
        (["--regime", "EU_GDPR", "--right", "access", "--received", "20260105"], "YYYY-MM-DD"),
        (["--csv", "/nowhere/at/all.csv"], "cannot be read"),
    ],
)
def test_bad_arguments_are_one_sentence(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def test_a_table_comes_back_with_its_days(tmp_path):
    path = tmp_path / "letters.csv"
    path.write_text(OWN)

    text, err = run("--csv", str(path))

    rows = list(csv.DictReader(StringIO(text)))
    assert [row["computed_due"] for row in rows[:5]] == DUE
    assert rows[5]["computed_due"] == "2026-10-26T17:30+01:00"
    assert rows[0]["note"] == "clamped"
    assert not err


def test_a_bad_row_stops_no_other(tmp_path):
    path = tmp_path / "letters.csv"
    path.write_text(OWN + "EU,tea,2026-01-01,,,false,NONE,x\nEU,access,soon,,,maybe,NONE,x\n")
    out, err = StringIO(), StringIO()

    with pytest.raises(CommandError, match="2 of 8 rows"):
        call_command("explain_deadline", "--csv", str(path), stdout=out, stderr=err)

    days = [row["computed_due"] for row in csv.DictReader(StringIO(out.getvalue()))]
    assert days[:5] == DUE
    assert days[6:] == ["", ""]
    assert "Row 8" in err.getvalue()
    assert "Row 9" in err.getvalue()


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "letters.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(CommandError, match="lacks jurisdiction"):
        run("--csv", str(path))


@pytest.mark.parametrize(
    "flag",
    [("--extended",), ("--calendar", "NONE"), ("--pause", "2026-01-05:2026-01-12:identity")],
)
def test_a_table_takes_no_flag_of_a_single_letter(tmp_path, flag):
    path = tmp_path / "letters.csv"
    path.write_text(OWN)

    with pytest.raises(CommandError, match="no other flag"):
        run("--csv", str(path), *flag)


@pytest.mark.parametrize("flag", [("--extended",), ("--pause", "2026-03-27:2026-03-28:identity")])
def test_the_hours_of_a_breach_are_neither_extended_nor_paused(flag):
    breach = ("--right", "breach_notice", "--received", "2026-03-27T10:00+01:00")

    assert "2026-03-30T11:00+02:00" in run("--regime", "EU_GDPR", *breach)[0]
    with pytest.raises(CommandError, match="neither extended nor paused"):
        run("--regime", "EU_GDPR", *breach, *flag)


@pytest.mark.skipif("LETHE_CASES" not in os.environ, reason="no cases beside the checkout")
def test_other_peoples_vectors():
    path = Path(os.environ["LETHE_CASES"]).parent / "spec" / "deadline_vectors.csv"
    if not path.exists():
        # The cases may lie somewhere alone; our own vectors of every rule are in test_deadlines.
        pytest.skip("no vectors beside the cases")

    text, _err = run("--csv", str(path))

    rows = list(csv.DictReader(StringIO(text)))
    assert rows
    assert [row["computed_due"] for row in rows] == [row["expected_due"] for row in rows]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_a_time_that_no_zone_can_tell_is_one_sentence(moment):
    with pytest.raises(CommandError, match=r"^A day lies from 1970-01-01 to 2999-12-31; [^\n]*$"):
        call_command("explain_deadline", regime="HK_PDPO", right="access", received=moment)
    with pytest.raises(DeadlineError, match=r"^No calendar has [^\n]*$"):
        compute(Regime.HK_PDPO, Right.ACCESS, datetime.fromisoformat(moment))


def test_a_table_has_no_day_out_of_range(tmp_path):
    path = tmp_path / "letters.csv"
    path.write_text(
        OWN.splitlines()[0]
        + "\nEU,access,9999-12-31,,,false,NONE,x"
        + "\nEU,access,2026-01-05,2026-01-12,9999-12-31,false,NONE,x"
        + "\nEU,breach_sa_notice,9999-12-31T10:00+00:00,,,false,NONE,x\n"
    )
    err = StringIO()

    with pytest.raises(CommandError, match="3 of 3 rows"):
        call_command("explain_deadline", "--csv", str(path), stdout=StringIO(), stderr=err)

    assert err.getvalue().count("2999-12-31; 9999-12-31 does not.\n") == 3


def test_a_pause_beyond_every_calendar_is_one_sentence():
    pause = Pause(date(2026, 1, 12), date.max, "identity")

    with pytest.raises(DeadlineError, match=r"^There is no such day [^\n]*$"):
        compute(Regime.EU_GDPR, Right.ACCESS, date(2026, 1, 5), pauses=[pause])


# --- a clock that stands still, and every other day that Lethe knows ------------------------------

OPEN = ("--regime", "EU_GDPR", "--right", "access", "--received", "2025-06-02")


@pytest.mark.parametrize(
    ("on", "due"),
    [("2025-06-09", "2025-07-02"), ("2025-06-10", "2025-07-03"), ("2025-06-19", "2025-07-12")],
)
def test_a_pause_without_an_answer_gives_the_day_as_it_stands(on, due):
    text, _err = run(*OPEN, "--pause", "2025-06-09::clarification", "--on", on, "--json")

    facts = json.loads(text)
    assert (facts["due"], facts["unsuspended"]) == (due, "2025-07-02")
    assert facts["paused_since"] == "2025-06-09"
    assert any("SUSPENDED" in line for line in facts["trace"])


def test_in_words_it_says_that_the_clock_stands_still():
    text, _err = run(*OPEN, "--pause", "2025-06-09::identity", "--on", "2025-06-19")

    assert "SUSPENDED since" in text and "2025-07-12" in text


@pytest.mark.parametrize(
    "flags",
    [
        ("--pause", "2025-06-09::identity", "--pause", "2025-06-12:2025-06-13:identity"),
        ("--pause", ":2025-06-09:identity"),
        ("--pause", "2025-06-09::weather"),
        ("--pause", "2025-06-09::identity", "--on", "soon"),
    ],
)
def test_a_pause_that_cannot_be_is_refused_in_one_sentence(flags):
    with pytest.raises(CommandError) as refusal:
        run(*OPEN, *flags)

    assert "\n" not in str(refusal.value)


ROWS = [
    ("EU,access:id_check,2025-06-02,2025-06-09,,false,NONE", "2025-07-12 SUSPENDED"),
    ("EU,access:id_check,2025-06-02,2025-06-09,2025-06-19,false,NONE", "2025-07-12"),
    ("HK,pdpo_access_refusal,2025-06-03,,,false,HK_GENERAL", "2025-07-14"),
    ("HK,pdpo_correction_refusal,2025-08-22,,,false,HK_GENERAL", "2025-10-02"),
    ("EU,access_refusal,2025-01-31,,,false,EU_IE", "2025-02-28"),
    ("HK,direct_marketing_objection,2025-06-10,,,false,NONE", "2025-06-10"),
    ("EU,marketing_objection,2025-06-10,,,false,NONE", "2025-06-10"),
    ("HK,log_book,2026-03-15,,,false,NONE", "2030-03-15"),
    ("POLICY,statute_archive,2026-02-10,,,false,NONE", "2033-04-01"),
    ("POLICY,six_years,2026-02-28,,,false,NONE", "2032-02-28"),
    ("POLICY,applicant,2026-02-28,,,false,NONE", "2028-02-28"),
    ("POLICY,crm.contact:client,2024-02-29,,,false,NONE", "2030-02-28"),
    ("POLICY,privacy.optout:opt_out,2026-03-15,,,false,NONE", "2029-03-15"),
]


@pytest.mark.clause("S98", "S99")
@pytest.mark.parametrize(("row", "due"), ROWS)
def test_one_table_answers_for_refusals_and_periods_too(tmp_path, row, due):
    file = tmp_path / "days.csv"
    header = "jurisdiction,request_kind,received,paused_from,paused_to,extended,holiday_calendar"
    file.write_text(f"{header}\n{row}\n")

    text, _err = run("--csv", str(file), "--on", "2025-06-19")

    assert text.splitlines()[1].rpartition(",")[2] == due


def test_every_declared_period_is_answered_as_the_sweep_counts_it():
    for name in periods.names():
        text, _err = run("--regime", "POLICY", "--right", name, "--received", "2026-01-31")
        keep = periods.named(name)
        assert str(keep.ends_on(date(2026, 1, 31))) in text
        assert keep.citation in text
