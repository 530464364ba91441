"""The invented office: only where nobody is, everything of every kind, nobody who exists."""

import io
import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import models, transaction
from django.utils import timezone

from config import demonstration
from crm import countries, scopes
from crm.demo import firms
from crm.enums import Accuracy, PairReason, RetentionClass, RoleKind
from crm.imports.verdicts import Verdict
from crm.models import Contact, ContactPoint, DuplicatePair, ImportRow, Organisation, Role, User
from privacy import consent, dispatch, gate, holds, inventory, ropa, weighing
from privacy.dispatch import Text
from privacy.enums import (
    ConsentKind,
    ConsentState,
    DisclosureState,
    DispatchKind,
    PointKind,
    Regime,
    Weighing,
)
from privacy.models import (
    ConsentEvent,
    Disclosure,
    LegalEntity,
    LegalHold,
    Office,
    Processor,
    Purpose,
    RoleOfFirm,
    Tracker,
)
from retention import sweep
from retention.models import ArchivedRecord, Certificate

pytestmark = pytest.mark.django_db
SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "sample-contacts.csv"
LEAP_DAY = date(2024, 2, 29)
# Tables that the office shows; any other may be empty.
SHOWN = {
    f"crm.{name}"
    for name in (
        "Contact ContactPoint Demographics Document DuplicatePair Engagement ImportBatch"
        " ImportChange ImportRow Interaction InvoiceReference Merge MergeUndo Organisation"
        " Participation PostalAddress Role Source SourceRestriction Team UnderAgeRefusal User"
        " Visitor VisitorLink WebActivity"
    ).split()
} | {
    f"privacy.{name}"
    for name in "ConsentEvent Disposal LegalHold Notice SuppressionEntry Wording".split()
}
# Of one import, of two causes of disposal, and of what somebody may decide, not all is seen.
NOT_SHOWN = {"crm.ImportBatch", "crm.ImportRow", "crm.ImportChange", "privacy.Disposal"}
RESERVED = {
    PointKind.EMAIL: re.compile(r"[a-z]+[.-]\d+@example\.(com|net|org)"),
    PointKind.PHONE: re.compile(
        r"\+44 20 7946 0\d{3}|\+33 1 99 00 \d\d \d\d|\+49 30 23125 \d{3}|\+1 \d{3}-555-01\d\d"
    ),
    PointKind.LINK: re.compile(r"https://www\.example\.org/people/[a-z]+-\d+"),
}


def build():
    out = io.StringIO()
    call_command("demo_office", stdout=out)
    return dict(line.split() for line in out.getvalue().splitlines()[1:])


@pytest.fixture
def today():
    day = timezone.localdate()
    demonstration.build(on=day)
    return day


def test_an_empty_office_gets_operators_and_400_people_who_do_not_exist(monkeypatch):
    monkeypatch.setenv("DEMO", "1")

    logins = build()

    assert 380 <= Contact.objects.living().count() <= 420
    assert not Contact.objects.living().filter(models.Q(team=None) | models.Q(owner=None)).exists()
    assert User.objects.filter(groups__name="Privacy officer").count() == 2
    assert len(set(logins.values())) == 9
    assert User.objects.get(username="hr").check_password(logins["hr"])
    assert_nobody_on_file_exists()


def test_every_choice_of_every_column_and_every_period_has_a_row(today):
    missing = {}
    for holding in inventory.registry.holdings.values():
        table = holding.model_class._base_manager
        if holding.model not in SHOWN and not table.exists():
            continue
        for field in holding.model_class._meta.concrete_fields:
            if field.choices and holding.model in SHOWN - NOT_SHOWN:
                there = set(table.values_list(field.name, flat=True).distinct())
                lacking = {str(value) for value, _label in field.flatchoices} - there
                missing[f"{holding.model}.{field.name}"] = lacking
        for keep in holding.keeps:
            rows = table.filter(**keep.when).exclude(**{keep.anchor: None})
            missing[f"{holding.model}:{keep.name}"] = set() if rows.exists() else {"a row"}
        missing[holding.model] = set() if table.exists() else {"a row"}

    assert {name: values for name, values in missing.items() if values} == {}
    assert len(missing) > 40

    assert_everything_that_follows_from_rows(today)


def assert_everything_that_follows_from_rows(today):
    living = Contact.objects.living()
    pks = list(living.values_list("pk", flat=True))
    states = {
        standing.state
        for purpose in Purpose.objects.all()
        for channel in purpose.channels or [""]
        for standing in consent.state(pks, purpose, channel, on=today).values()
    }
    lands = living.values_list("residence_country", flat=True)
    reasons = " ".join(DuplicatePair.objects.values_list("reasons", flat=True))
    several = living.annotate(kinds=models.Count("roles__kind", distinct=True))

    assert states == set(ConsentState)
    by_residence = frozenset().union(*(countries.regimes(land) for land in lands))
    assert by_residence == {*Regime} - {Regime.POLICY}
    assert set(reasons.split()) == set(PairReason.values)
    for doubt in Accuracy:
        assert living.filter(scopes.is_doubtful([doubt], today)).exists()
    verdicts = set(ImportRow.objects.values_list("verdict", flat=True))
    assert verdicts == {*Verdict.values} - {Verdict.SAME}
    assert several.filter(kinds__gte=2).count() > 40
    assert Role.objects.filter(ended_on__isnull=False, kind=RoleKind.APPLICANT).exists()
    assert living.filter(native_family_name="").exists()
    assert living.filter(latin_family_name="").exists()
    assert living.filter(source__obtained_on__lt=today - timedelta(days=9 * 365)).exists()
    assert Organisation.objects.count() > 30
    assert ArchivedRecord.objects.count() > 2
    assert Certificate.objects.exists()
    assert_the_registers_are_kept(today, pks)


def assert_the_registers_are_kept(today, pks):
    """A newcomer sees each register at work, and what somebody still has to do."""
    stands = {one.key: one for one in weighing.stands(Purpose.objects.all(), on=today)}
    counted = Counter(one.weighing for one in stands.values() if one.weighing)
    assert counted == {Weighing.WEIGHED: 15, Weighing.NEAR: 1, Weighing.WAITING: 1}
    without = {key for key, one in stands.items() if one.weighing and not one.has_ground}
    assert without == {"artificial-intelligence"}
    for key in ("profiling", "artificial-intelligence"):
        answers = gate.ask(pks, purpose=key).values()
        assert any(answer.is_yes for answer in answers) is (key == "profiling")
    entity = LegalEntity.objects.get()
    assert (entity.name, entity.representative != "") == ("Example Consulting Ltd", True)
    yeses = ConsentEvent.objects.filter(kind=ConsentKind.GIVEN)
    assert set(yeses.values_list("entity", flat=True)) == {entity.pk}
    assert Office.objects.get().privacy_contact == "privacy@example.com"
    assert set(RoleOfFirm.objects.values_list("role", flat=True)) == {"processor", "joint"}
    assert Tracker.objects.count() == Processor.objects.count() == 4
    made = Disclosure.objects.annotate(size=models.Count("people")).order_by("pk")
    assert [one.size for one in made] == [3] * 5
    states = Counter(one.state for one in made)
    assert states == {DisclosureState.MADE: 4, DisclosureState.PREPARED: 1}
    names = [entity.name, *(one.recipient for one in made)]
    for register in (Processor, RoleOfFirm):
        field = "name" if register is Processor else "controller"
        names += register.objects.values_list(field, flat=True)
    assert all(re.search("Example|示例", name) for name in names)
    record = ropa.record()
    assert len(record.processors) == 4 and record.contact == "privacy@example.com"
    text = Text("Hello", "Good day. {unsubscribe}")
    texts = dict.fromkeys(("en", "zh_hant"), text)
    by = User.objects.get(username="officer-one")
    message = dispatch.prepare(kind=DispatchKind.MAILING, purpose="newsletter", texts=texts, by=by)
    counts = dispatch.address(message, pks, by=by)
    assert counts["by_consent"] > 3


def test_each_class_has_people_who_are_due_now_and_later_and_work_keeps_others(today):
    windows = [sweep.plan(today + timedelta(days=days)) for days in (0, 30, 90, 180)]
    for name in RetentionClass.values:
        items = [
            next(item for item in planned.items if item.rule.name == f"crm.Contact:{name}")
            for planned in windows
        ]
        # Of each somebody goes tonight, whatever the holds keep.
        assert items[0].rows
        now, soon, later, last = (len(item.rows) + item.held for item in items)
        assert now < soon < later < last < 50, name
    assert not any(item.halted for item in windows[0].items)
    kept = Contact.objects.living().filter(anchor_on=None)
    assert set(kept.values_list("retention_class", flat=True)) >= {
        RetentionClass.STAFF,
        RetentionClass.CLIENT,
        RetentionClass.CONSULTATION,
    }
    # A hold keeps whose time is over first.
    resting = Contact.objects.living().exclude(anchor_on=None).order_by("anchor_on", "pk")

    claim = LegalHold.objects.get(matter="DEMO-1")

    assert claim.subject == resting[0]
    assert claim.subject_id in holds.in_force([claim.subject_id], on=today)
    covered = holds.in_force(list(resting.values_list("pk", flat=True)), on=today)
    assert len(covered) > LegalHold.objects.filter(released_at=None).count()


def assert_nobody_on_file_exists():
    for table in (ContactPoint.objects, ContactPoint.history):
        for kind, value in table.values_list("kind", "value"):
            assert RESERVED[PointKind(kind)].fullmatch(value), value
    for firm in Organisation.objects.all():
        assert re.search("Example|示例", firm.name)
        assert not firm.phone or RESERVED[PointKind.PHONE].fullmatch(firm.phone)
        assert re.fullmatch(r"(office@firm-\d+\.example\.com)?", firm.email)
        assert re.fullmatch(r"(https://firm-\d+\.example\.com)?", firm.website)
    assert len({name for name, _country, _sector in firms.FIRMS}) == len(firms.FIRMS)
    assert not User.objects.exclude(email="").exists()


def test_the_sample_file_meets_somebody_known_and_somebody_who_was_forgotten(today):
    out = io.StringIO()
    options = {"source": "card", "role": "prospect", "json": True, "stdout": out}

    call_command("import_contacts", str(SAMPLE), **options)

    result = json.loads(out.getvalue())
    counts = {verdict: count for verdict, count in result["counts"].items() if count}
    assert counts == {"create": 15, "same": 2, "conflict": 1, "invalid": 5, "refused": 2}
    assert {row["row"] for row in result["rejects"] if row["verdict"] == "refused"} == {19, 20}


def test_two_offices_of_one_day_are_alike_but_for_references_and_times():
    assert facts_of_an_office() == facts_of_an_office()


def facts_of_an_office():
    """Every declared datum of the business, without what is random or says when it was built."""
    with transaction.atomic():
        demonstration.build(on=LEAP_DAY)
        facts = {
            holding.model: sorted(
                repr([_day(value) for value in row])
                for row in holding.model_class._base_manager.values_list(*columns)
            )
            for holding in inventory.registry.about_subjects()
            if (columns := _steady(holding))
        }
        transaction.set_rollback(True)
    assert sum(map(len, facts.values())) > 4_000
    return facts


def _day(value):
    """An import writes down a “no” at the moment at which it runs."""
    return value.date() if isinstance(value, datetime) else value


def _steady(holding):
    if holding.model == "crm.MergeUndo":
        return []
    fields = [holding.model_class._meta.get_field(name) for name in sorted(holding.data)]
    random = (models.UUIDField, models.FileField)
    built = {"stored_at", "disposed_at", "address_digest"}
    return [f.name for f in fields if not isinstance(f, random) and f.name not in built]


def test_an_office_with_a_user_is_left_alone():
    User.objects.create_user("somebody")

    assert build() == {}

    assert not Contact.objects.exists()
