"""Each check notices its fault, by id, and its hint says what to type."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as shipped
from django.core.checks import run_checks
from django.db import connection

from privacy import checks, schema
from privacy.enums import About, Becomes, Kind
from privacy.inventory import Datum, Holding, Inventory, Keep, registry

ROOT = shipped.BASE_DIR
SUBJECT = shipped.PRIVACY_SUBJECT_MODEL


def inventory(**changes: object) -> Inventory:
    """A copy of the real inventory; `label="app.Model"` with what to change in its holding."""
    copy = Inventory()
    copy.holdings = dict(registry.holdings)
    copy.activities = dict(registry.activities)
    copy.raw_tables = dict(registry.raw_tables)
    copy.stores = dict(registry.stores)
    copy.scopes = dict(registry.scopes)
    if label := changes.pop("label", None):
        copy.holdings[label.lower()] = replace(registry.holding(label), **changes)
    return copy


def ids(found: Inventory) -> set[str]:
    return {error.id for error in checks.faults(found)}


def without(mapping, *names):
    return {name: value for name, value in mapping.items() if name not in names}


def test_everything_that_is_installed_is_declared():
    assert checks.faults(registry) == []
    assert list(checks.bad_settings()) == []


def test_every_hint_says_what_to_type():
    broken = Inventory()
    broken.declare(Holding(SUBJECT, About.SUBJECT, "nothing", path="pk"))

    for error in checks.faults(broken):
        assert error.hint
        assert any(word in error.hint for word in ("Type ", "Take "))


def test_an_undeclared_model_is_an_error():
    found = inventory()
    del found.holdings["crm.interaction"]

    (error,) = [e for e in checks.faults(found) if e.id == "privacy.E001"]
    assert "crm.Interaction" in error.msg
    assert 'declare(Holding("crm.Interaction"' in error.hint


@pytest.mark.parametrize("label", ["crm.HistoricalContact", "sessions.Session", "crm.User_groups"])
def test_histories_packages_and_link_tables_must_be_declared_too(label):
    found = inventory()
    del found.holdings[label.lower()]

    assert "privacy.E001" in ids(found)


def test_an_unclassified_column_is_an_error_that_names_it():
    interaction = registry.holding("crm.Interaction")
    found = inventory(label="crm.Interaction", data=without(interaction.data, "body"))

    (error,) = checks.faults(found)
    assert error.id == "privacy.E002"
    assert "crm.Interaction.body" in error.msg
    assert '"body": Datum(' in error.hint


def test_a_declared_column_that_does_not_exist_is_an_error():
    interaction = registry.holding("crm.Interaction")
    ghost = {**interaction.data, "ghost": Datum(Kind.CORRESPONDENCE)}

    assert ids(inventory(label="crm.Interaction", data=ghost)) == {"privacy.E003"}


def test_a_column_declared_twice_is_an_error():
    interaction = registry.holding("crm.Interaction")
    twice = {**interaction.technical, "body": "never a person"}

    assert ids(inventory(label="crm.Interaction", technical=twice)) == {"privacy.E003"}


def test_a_declared_model_that_does_not_exist_is_an_error():
    found = inventory()
    found.declare(Holding("crm.Ghost", About.NOBODY, "console"))

    assert "privacy.E003" in ids(found)


def test_technical_text_needs_a_reason():
    team = registry.holding("crm.Team")

    found = inventory(label="crm.Team", technical={**team.technical, "name": " "})

    assert ids(found) == {"privacy.E004"}


def test_the_root_must_survive_as_a_tombstone():
    assert "privacy.E005" in ids(inventory(label=SUBJECT, survives=False))


def test_evidence_must_survive():
    assert "privacy.E005" in ids(inventory(label="privacy.LegalHold", survives=False))


@pytest.mark.parametrize("becomes", [Becomes.GOES, Becomes.STAYS, Becomes.GENERALISED])
def test_a_name_on_a_tombstone_must_say_what_it_becomes(becomes):
    root = registry.holding(SUBJECT)
    name = replace(root.data["native_family_name"], becomes=becomes)

    found = inventory(label=SUBJECT, data={**root.data, "native_family_name": name})

    assert "privacy.E005" in ids(found)


def test_a_relation_to_a_person_must_be_spoken_for():
    role = registry.holding("crm.Role")

    found = inventory(label="crm.Role", technical=without(role.technical, "contact"))

    (error,) = checks.faults(found)
    assert error.id == "privacy.E006"
    assert 'path="contact' in error.hint


def test_a_row_that_points_at_a_person_is_not_about_nobody():
    role = registry.holding("crm.Role")

    found = inventory(
        label="crm.Role",
        about=About.NOBODY,
        path="",
        data={},
        technical={**role.technical, **dict.fromkeys(role.data, "really nothing")},
        keeps=(),
    )

    assert ids(found) == {"privacy.E006"}


def test_an_identifying_column_needs_a_guarded_manager():
    interaction = registry.holding("crm.Interaction")
    reachable = replace(interaction.data["summary"], point=True)

    found = inventory(label="crm.Interaction", data={**interaction.data, "summary": reachable})

    assert ids(found) == {"privacy.E007"}
    assert any("GuardedManager()" in error.hint for error in checks.faults(found))


def test_a_guarded_model_must_guard_the_very_column():
    point = registry.holding("crm.ContactPoint")
    reachable = replace(point.data["retrieved_on"], point=True)

    found = inventory(label="crm.ContactPoint", data={**point.data, "retrieved_on": reachable})

    assert ids(found) == {"privacy.E007"}


@pytest.mark.parametrize("path", ["", "owner", "ghost", "contact__ghost", "organisation"])
def test_a_path_must_lead_to_a_person(path):
    assert "privacy.E009" in ids(inventory(label="crm.Role", path=path))


def test_a_table_about_nobody_has_no_path():
    assert "privacy.E009" in ids(inventory(label="crm.Team", path="members__contact"))


def test_a_file_needs_a_storage():
    assert ids(inventory(label="crm.Document", files={})) == {"privacy.E011"}


def test_a_file_needs_a_storage_that_exists():
    assert ids(inventory(label="crm.Document", files={"file": "attic"})) == {"privacy.E011"}


@pytest.mark.parametrize(
    "keep",
    [
        Keep("wrong", anchor="ghost", years=6, citation="law"),
        Keep("wrong", anchor="summary", years=6, citation="law"),
        Keep("wrong", anchor="occurred_at", years=6, citation=" "),
        Keep("wrong", anchor="occurred_at", years=6, citation="law", when={"ghost": 1}),
        Keep("wrong", anchor="occurred_at", years=6, citation="law", statute=True),
        Keep("wrong", anchor="occurred_at", years=6, citation="law", remainder=("body",)),
        Keep(
            "wrong", anchor="occurred_at", years=6, citation="law", statute=True, remainder=("x",)
        ),
        Keep(
            "wrong",
            anchor="occurred_at",
            citation="law",
            statute=True,
            remainder=("body",),
            found_by="summary",
        ),
        Keep("wrong", anchor="occurred_at", years=6, citation="law", scopes=("shoe_size",)),
    ],
)
def test_a_period_must_be_computable_and_cited(keep):
    assert ids(inventory(label="crm.Interaction", keeps=(keep,))) == {"privacy.E012"}


def test_an_activity_must_be_described():
    assert ids(inventory(label="crm.Team", activity="mischief")) == {"privacy.E013"}


def test_a_history_must_be_declared_as_one():
    assert "privacy.E014" in ids(inventory(label="crm.HistoricalRole", history_of=""))


@pytest.mark.parametrize("store", ["outbox", "uploads", "documents", "static", "ledger", "broker"])
def test_a_folder_that_is_written_to_must_be_a_store(store, settings):
    queue = settings.VAR / "broker" / "queue"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(queue)}
    settings.EMAIL_FILE_PATH = settings.VAR / "outbox"
    found = inventory()
    del found.stores[store]

    assert ids(found) == {"privacy.E017"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRIVACY_SUPPRESSION_KEYS", []),
        ("PRIVACY_SUPPRESSION_KEYS", ["k1:abcd"]),
        ("PRIVACY_SUPPRESSION_KEYS", ["11" * 32]),
        ("PRIVACY_SUPPRESSION_KEYS", ["k1:" + "11" * 32, "k1:" + "33" * 32]),
        ("PRIVACY_JOURNAL_KEY", "short"),
        ("PRIVACY_JOURNAL_KEY", "11" * 32),
        ("PRIVACY_LEDGER_FILE", Path("ledger.jsonl")),
        ("PRIVACY_SUBJECT_MODEL", "crm.Ghost"),
        ("PRIVACY_SUBJECT_MODEL", "crm.Team"),
        ("FINANCIAL_YEAR_ENDS_IN", 0),
        ("FINANCIAL_YEAR_ENDS_IN", 13),
        ("RETENTION_BATCH_SIZE", 0),
        ("RETENTION_BATCH_SIZE", 501),
        ("RETENTION_CAP_SHARE", 1.5),
        ("RETENTION_CAP_ROWS", -1),
    ],
)
def test_a_bad_setting_is_an_error_that_does_not_quote_it(settings, name, value):
    settings.PRIVACY_SUPPRESSION_KEYS = ["t1:" + "11" * 32]
    setattr(settings, name, value)

    (error,) = checks.bad_settings()

    assert error.id == "privacy.E010"
    assert name in error.msg
    assert "11" * 32 not in f"{error.msg} {error.hint}"


@pytest.mark.both
@pytest.mark.django_db
def test_a_fresh_database_has_no_fault():
    assert [e for e in run_checks(databases=["default"]) if e.id.startswith("privacy.")] == []


@pytest.mark.both
@pytest.mark.django_db
def test_a_table_made_by_raw_sql_is_an_error():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE birthday_list (person text)")

    (error,) = checks.check_schema(None, databases=["default"])

    assert error.id == "privacy.E015"
    assert "birthday_list" in error.msg


@pytest.mark.both
@pytest.mark.django_db
def test_a_column_made_by_raw_sql_is_an_error():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_team ADD COLUMN birthday text")

    (error,) = checks.check_schema(None, databases=["default"])

    assert error.id == "privacy.E015"
    assert "crm_team.birthday" in error.msg


@pytest.mark.both
@pytest.mark.django_db
def test_a_view_made_by_raw_sql_is_an_error():
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW everybody AS SELECT username FROM crm_user")

    assert schema.undeclared_tables("default", registry) == ["everybody"]


@pytest.mark.both
@pytest.mark.django_db
def test_a_lost_trigger_is_an_error():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                " AND tbl_name = 'privacy_journalentry'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
                " AND tgrelid = 'privacy_journalentry'::regclass"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}" ON privacy_journalentry')

    found = checks.check_triggers(None, databases=["default"])

    assert {error.id for error in found} == {"privacy.E008"}
    assert all("privacy_journalentry" in error.msg for error in found)


@pytest.mark.both
@pytest.mark.django_db
def test_a_database_knows_upper_from_lower_case_in_every_script(monkeypatch):
    assert checks.check_letters(None, databases=["default"]) == []

    for found in (("UTF8", "C"), ("SQL_ASCII", "C.UTF-8")):
        monkeypatch.setattr(schema, "encoding_and_ctype", lambda alias, found=found: found)
        (error,) = checks.check_letters(None, databases=["default"])
        assert error.id == "privacy.E016"


def test_a_new_column_stops_makemigrations(tmp_path):
    """The real command, on a copy of the sources with one column more."""
    for name in (
        "config",
        "crm",
        "privacy",
        "retention",
        "templates",
        "static",
        "manage.py",
        "pyproject.toml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", ROOT / name, tmp_path / name], check=True)
    account = tmp_path / "crm" / "models" / "account.py"
    source = account.read_text()
    line = 'name = models.CharField(_("name"), max_length=80, unique=True)\n'
    assert line in source
    account.write_text(
        source.replace(line, f"{line}    motto = models.CharField(max_length=80, default='')\n")
    )

    run = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "crm"],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode != 0
    assert "privacy.E002" in run.stderr
    assert "crm.Team.motto" in run.stderr
    before = sorted(p.name for p in (ROOT / "crm" / "migrations").glob("*.py"))
    assert sorted(p.name for p in (tmp_path / "crm" / "migrations").glob("*.py")) == before


@pytest.mark.parametrize(
    ("period", "faulty"),
    [
        ({"years": 6}, False),
        ({"years": 6, "days": 1}, True),
        ({"months": 73}, True),
        ({"days": 2192}, False),
        ({"days": 2193}, True),
        ({"years": 7}, True),
    ],
)
@pytest.mark.constant("S98")
def test_a_period_above_six_years_needs_a_named_statute(period, faulty):
    keep = Keep("long", anchor="occurred_at", citation="house rule", **period)

    found = inventory(label="crm.Interaction", keeps=(keep,))

    assert ids(found) == ({"privacy.E012"} if faulty else set())


def test_seven_years_are_declared_where_a_statute_is_named():
    keep = Keep(
        "long",
        anchor="occurred_at",
        years=7,
        citation="Cap 112 s.51C",
        statute=True,
        remainder=("occurred_at",),
    )

    assert ids(inventory(label="crm.Interaction", keeps=(keep,))) == set()


@pytest.mark.parametrize(
    "label",
    sorted(h.model for h in registry.holdings.values() if h.about is About.OPERATOR),
)
def test_a_table_about_operators_says_how_long_it_stays(label):
    found = inventory(label=label, keeps=(), account="", account_name="")

    assert ids(found) == {"privacy.E022"}
