"""Whoever takes away one declaration or one step of disposal is noticed, by a check or the canary.

Each case takes exactly one thing away, over all that there are. A case that stays green would be
a hole through which a value of a disposed person could stay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import TestCase
from django.utils import timezone

from privacy import checks, disposal, files, schema
from privacy.enums import About, Becomes, DisposalCause
from privacy.errors import ResidueFound
from privacy.inventory import Holding, Inventory, registry
from retention import archive_keys
from tests import canaries
from tests.journeys import scratch

HOLDINGS = sorted(
    (h for h in registry.holdings.values() if not h.model.startswith("library.")),
    key=lambda holding: holding.model,
)
SUBJECTS = [holding for holding in HOLDINGS if holding.about is About.SUBJECT]
DATA = [(holding, name) for holding in HOLDINGS for name in holding.data]
# What ends with an operator's account is proved in tests/crm/test_ended_accounts.py.
ENDS = [
    (h, name)
    for h, name in DATA
    if h.survives and h.about is About.SUBJECT and h.data[name].becomes is not Becomes.STAYS
]

SIX_YEARS = relativedelta(years=6)
PERIODS = {
    "privacy.HoldCover:cover": SIX_YEARS,
    "privacy.LeftMail:left_mail": relativedelta(years=1),
    "privacy.WaitingTask:task": relativedelta(days=2),
    "admin.LogEntry:log": SIX_YEARS,
    "axes.AccessAttempt:security_log": relativedelta(months=12),
    "axes.AccessFailureLog:security_log": relativedelta(months=12),
    "axes.AccessLog:security_log": relativedelta(months=12),
    "crm.Contact:applicant": relativedelta(years=2),
    "crm.Contact:client": SIX_YEARS,
    "crm.Contact:consultation": relativedelta(years=3),
    "crm.Contact:lead": relativedelta(years=2),
    "crm.Contact:staff": SIX_YEARS,
    "crm.Contact:supplier": SIX_YEARS,
    "crm.Contact:tombstone": relativedelta(days=1),
    "crm.ContactExport:chosen": relativedelta(days=7),
    "crm.ContactExport:export": SIX_YEARS,
    "crm.Deputy:deputy": SIX_YEARS,
    "crm.Document:document": SIX_YEARS,
    "crm.ExportSelection:selection": relativedelta(days=7),
    "crm.ExportedContact:disclosure": SIX_YEARS,
    "crm.HolderNotice:told": SIX_YEARS,
    "crm.FollowUp:follow_up": relativedelta(years=2),
    "crm.HistoricalContact:history": SIX_YEARS,
    "crm.HistoricalContactPoint:history": SIX_YEARS,
    "crm.HistoricalDemographics:history": SIX_YEARS,
    "crm.HistoricalEngagement:history": SIX_YEARS,
    "crm.HistoricalOrganisation:history": SIX_YEARS,
    "crm.HistoricalPostalAddress:history": SIX_YEARS,
    "crm.HistoricalRole:history": SIX_YEARS,
    "crm.ImportBatch:import": SIX_YEARS,
    "crm.ImportChange:undo": relativedelta(days=30),
    "crm.ImportRow:import_row": relativedelta(days=30),
    "crm.Interaction:interaction": SIX_YEARS,
    "crm.Interaction:support": relativedelta(years=2),
    "crm.InvoiceReference:invoice": relativedelta(years=7),
    "crm.Role:application": relativedelta(years=2),
    "crm.Role:work": SIX_YEARS,
    "crm.User:account": relativedelta(years=1),
    "crm.MergeUndo:undo": relativedelta(days=30),
    "crm.WebActivity:activity": relativedelta(months=13),
    "privacy.ConsentEvent:evidence": SIX_YEARS,
    "privacy.Delivery:delivery": relativedelta(years=2),
    "privacy.DisclosedPerson:disclosed": SIX_YEARS,
    "privacy.Disclosure:disclosure": SIX_YEARS,
    "privacy.Finding:finding": SIX_YEARS,
    "privacy.JournalEntry:journal": SIX_YEARS,
    "retention.NightNotice:notice": SIX_YEARS,
    "privacy.LegalHold:hold": SIX_YEARS,
    "privacy.NoticeGiven:informed": SIX_YEARS,
    "privacy.Objection:objection": SIX_YEARS,
    "privacy.OptOut:opt_out": relativedelta(years=3),
    "privacy.PendingSignUp:sign_up": relativedelta(days=2),
    "privacy.Quarantine:quarantine": SIX_YEARS,
    "privacy.Restriction:restriction": SIX_YEARS,
    "retention.ArchiveNote:note": relativedelta(),
    "retention.ArchivedRecord:archive": relativedelta(),
    "retention.RetentionRule:draft": relativedelta(days=90),
    "sessions.Session:session": relativedelta(),
}


def named(value: object) -> str:
    return value.model if isinstance(value, Holding) else str(value)


def noticed_by_a_check(**changed: Holding | None) -> set[str]:
    """The ids of the checks that notice an inventory with these holdings instead."""
    found = Inventory()
    found.holdings = {**registry.holdings, **changed}
    found.holdings = {label: h for label, h in found.holdings.items() if h is not None}
    found.activities, found.stores = registry.activities, registry.stores
    found.scopes = registry.scopes
    return {error.id for error in checks.faults(found)}


def less(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


@contextmanager
def instead(holding: Holding) -> Iterator[None]:
    """The program itself believes another declaration for a while."""
    kept = registry.holdings[holding.model.lower()]
    registry.holdings[holding.model.lower()] = holding
    try:
        yield
    finally:
        registry.holdings[holding.model.lower()] = kept


@pytest.fixture
def person(db):
    planter = canaries.Planter()
    return planter.plant(on=timezone.localdate() - timedelta(days=9 * 366))


def left_after_disposal(person: canaries.Planted) -> set[str]:
    """The columns in which disposal left a value, or what it said when it gave up."""
    try:
        with TestCase.captureOnCommitCallbacks(execute=True), transaction.atomic():
            disposal.dispose(
                [person.pk("crm.Contact")],
                cause=DisposalCause.ERASURE,
                by=get_user_model().objects.get(),
                on=timezone.localdate(),
            )
            # As the night does, once for all its batches.
            connection.check_constraints()
    except Exception as error:  # noqa: BLE001 - a disposal that refuses is noticed, however
        return {f"refused: {type(error).__name__}"}
    return set(canaries.found_in_tables(set(person.values)))


def test_untouched_everything_is_green(person):
    assert noticed_by_a_check() == set()
    assert left_after_disposal(person) == set()


@pytest.mark.parametrize("holding", HOLDINGS, ids=named)
def test_a_holding_taken_away_is_noticed(holding):
    assert "privacy.E001" in noticed_by_a_check(**{holding.model.lower(): None})


@pytest.mark.parametrize(("holding", "name"), DATA, ids=named)
def test_a_datum_taken_away_is_noticed(holding, name):
    changed = replace(holding, data=less(holding.data, name))

    assert noticed_by_a_check(**{holding.model.lower(): changed}) & {
        "privacy.E002",
        "privacy.E006",
    }


@pytest.mark.parametrize("holding", HOLDINGS, ids=named)
def test_any_reason_taken_away_is_noticed(holding):
    for name in holding.technical:
        changed = replace(holding, technical=less(holding.technical, name))

        assert noticed_by_a_check(**{holding.model.lower(): changed}) & {
            "privacy.E002",
            "privacy.E006",
        }


@pytest.mark.parametrize("holding", SUBJECTS, ids=named)
def test_a_path_taken_away_is_noticed(holding):
    changed = replace(holding, path="")

    assert "privacy.E009" in noticed_by_a_check(**{holding.model.lower(): changed})


@pytest.mark.parametrize(
    ("holding", "name"), [(h, name) for h in HOLDINGS for name in h.files], ids=named
)
def test_a_storage_taken_away_is_noticed(holding, name):
    changed = replace(holding, files=less(holding.files, name))

    assert "privacy.E011" in noticed_by_a_check(**{holding.model.lower(): changed})


@pytest.mark.parametrize("activity", sorted(registry.activities))
def test_an_activity_taken_away_is_noticed(activity, monkeypatch):
    if not any(holding.activity == activity for holding in registry.holdings.values()):
        pytest.fail(f"{activity} serves nothing: take it out.")
    monkeypatch.delitem(registry.activities, activity)

    assert "privacy.E013" in {error.id for error in checks.faults(registry)}


@pytest.mark.parametrize("holding", [h for h in SUBJECTS if h.path != "pk"], ids=named)
def test_a_table_that_disposal_forgets_is_noticed(holding, person):
    with instead(replace(holding, about=About.NOBODY)):
        left = left_after_disposal(person)

    # A table whose only texts are words of the program shows no canary; that its rows point at
    # the person does.
    columns = {
        isinstance(c, canaries.TEXT) and not c.choices
        for c in holding.model_class._meta.concrete_fields
    }
    assert left or (
        columns == {False}
        and noticed_by_a_check(**{holding.model.lower(): replace(holding, about=About.NOBODY)})
    )


@pytest.mark.parametrize(("holding", "name"), ENDS, ids=named)
def test_a_value_that_disposal_leaves_standing_is_noticed(holding, name, person):
    stays = replace(holding.data[name], becomes=Becomes.STAYS)
    changed = replace(holding, data={**holding.data, name: stays})

    with instead(changed):
        left = left_after_disposal(person)

    assert left or noticed_by_a_check(**{holding.model.lower(): changed})


@pytest.mark.parametrize(
    ("holding", "keep"),
    [(h, keep) for h in SUBJECTS for keep in h.keeps if keep.statute],
    ids=lambda value: named(value) if isinstance(value, Holding) else value.name,
)
def test_a_statute_taken_away_is_noticed(holding, keep, db):
    planter = canaries.Planter()
    billed = planter.plant(on=timezone.localdate() - timedelta(days=365))
    owed = canaries.remainder(billed, on=timezone.localdate())

    with instead(replace(holding, keeps=tuple(k for k in holding.keeps if k is not keep))):
        left = left_after_disposal(billed)

    assert owed
    assert left == set()
    assert canaries.archived() == []
    # With it, and nothing taken away:
    assert left_after_disposal(planter.plant(on=billed.on)) == set()
    assert [set(record) for record in canaries.archived()] == [set(keep.remainder)]


def test_an_archive_that_seals_nothing_is_noticed(db, monkeypatch):
    monkeypatch.setattr(archive_keys.Key, "seal", lambda key, text: text)
    billed = canaries.Planter().plant(on=timezone.localdate() - timedelta(days=365))

    assert left_after_disposal(billed) == {"retention_archivedrecord.payload"}


def test_a_period_taken_away_or_changed_is_noticed():
    """The periods of the policy (S98, S99; law 5), said a second time."""
    periods = {
        f"{holding.model}:{keep.name}": relativedelta(
            years=keep.years, months=keep.months, days=keep.days
        )
        for holding in HOLDINGS
        for keep in holding.keeps
    }

    assert periods == PERIODS


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (disposal, "_delete"),
        (disposal, "_blank"),
        (files, "name"),
        (files, "remove"),
        # Only SQLite has a write-ahead log beside the database.
        *([(disposal, "settle")] if connection.vendor == "sqlite" else []),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_step_that_disposal_skips_is_noticed(
    module, step, tmp_path, monkeypatch, django_db_blocker
):
    with django_db_blocker.unblock(), scratch.database(tmp_path):
        person = canaries.Planter().plant(on=timezone.localdate() - timedelta(days=9 * 366))
        monkeypatch.setattr(module, step, lambda *args, **kwargs: 0)

        refused = False
        try:
            disposal.dispose(
                [person.pk("crm.Contact")],
                cause=DisposalCause.ERASURE,
                by=get_user_model().objects.get(),
                on=timezone.localdate(),
            )
        except ResidueFound:
            refused = True

        values = set(person.values)
        assert (
            refused
            or canaries.found_in_tables(values)
            or canaries.found_in_files(settings.VAR, values)
            or canaries.found_in(scratch.raw_bytes(tmp_path), values)
        )


@pytest.mark.django_db
def test_a_raw_table_taken_away_is_noticed():
    empty = Inventory()

    assert schema.undeclared_tables("default", registry) == []
    assert schema.undeclared_tables("default", empty) == ["django_migrations"]


@pytest.mark.parametrize("store", sorted(registry.stores))
def test_a_store_taken_away_is_noticed(store):
    """Each folder that Lethe writes to is some setting's, and the check knows them all."""
    found = Inventory()
    found.holdings, found.activities = registry.holdings, registry.activities
    found.scopes, found.stores = registry.scopes, less(registry.stores, store)

    assert {error.id for error in checks.faults(found)} == {"privacy.E017"}
