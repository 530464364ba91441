"""Every period that code declares (law 5): the day before, the day, the day after; what stops it.

The rows are found by walking the declarations, so that a new period is tested as it is declared.
"""

from datetime import date, datetime, timedelta

import pytest
from django.db.models import DateTimeField

from crm.enums import EngagementState, RoleKind
from crm.models import Contact, Organisation, Participation
from privacy.enums import HoldReason, HoldScope
from privacy.inventory import registry
from privacy.models import LegalHold
from retention import plan, sweep
from retention.enums import Mode
from retention.models import ArchivedRecord
from tests.factories import crm as factories
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DAY = timedelta(days=1)
EVENT = date(2018, 6, 15)
LEAP = date(2016, 2, 29)
LATER = date(2040, 1, 1)

MAKERS = {
    "crm.Role": factories.RoleFactory,
    "crm.User": factories.UserFactory,
    "crm.Document": factories.DocumentFactory,
    "crm.FollowUp": factories.FollowUpFactory,
    "crm.Interaction": factories.InteractionFactory,
    "crm.InvoiceReference": factories.InvoiceReferenceFactory,
    "crm.WebActivity": factories.WebActivityFactory,
    "crm.HistoricalContact": factories.ContactFactory,
    "crm.HistoricalContactPoint": factories.ContactPointFactory,
    "crm.HistoricalPostalAddress": factories.PostalAddressFactory,
    "crm.HistoricalDemographics": factories.DemographicsFactory,
    "crm.HistoricalRole": factories.RoleFactory,
    "crm.HistoricalOrganisation": factories.OrganisationFactory,
    "crm.HistoricalEngagement": factories.EngagementFactory,
    "crm.Deputy": factories.DeputyFactory,
    "crm.ImportBatch": factories.ImportBatchFactory,
    "crm.ImportRow": factories.ImportRowFactory,
    "crm.ImportChange": factories.ImportChangeFactory,
    "crm.ContactExport": factories.ContactExportFactory,
    "crm.ExportSelection": factories.ExportSelectionFactory,
    "crm.HolderNotice": factories.HolderNoticeFactory,
    "crm.ExportedContact": factories.ExportedContactFactory,
    "crm.MergeUndo": factories.MergeUndoFactory,
}
ROWS = [
    rule
    for rule in plan.rules()
    if rule.holding.model.startswith("crm.") and rule.holding.path != "pk"
]
CLASSES = sorted(people.MAKERS)


def a_row(rule: plan.Rule, anchor: date):
    """One row under this rule whose clock began on this day, and nothing else in its table."""
    MAKERS[rule.holding.model]()
    table = rule.model._base_manager
    row = table.get() if table.count() == 1 else table.order_by("-pk").first()
    table.exclude(pk=row.pk).delete()
    field = rule.model._meta.get_field(rule.keep.anchor)
    moment = people.at_noon(anchor) if isinstance(field, DateTimeField) else anchor
    table.filter(pk=row.pk).update(**{rule.keep.anchor: moment}, **fulfilled(rule.keep.when))
    return row


def fulfilled(when):
    """Values of columns for which these look-ups are true."""
    values = {}
    for name, wanted in when.items():
        column, _, lookup = name.partition("__")
        values[column] = {"": wanted, "isnull": None}.get(lookup, wanted)
        if lookup == "in":
            values[column] = wanted[0]
    return values


def due(rule: plan.Rule, on: date) -> list:
    return list(rule.due(on).values_list("pk", flat=True))


def test_every_table_with_a_period_has_a_row_here():
    assert {rule.holding.model for rule in ROWS} == set(MAKERS)
    assert {keep.name for keep in registry.holding("crm.Contact").keeps} == {*CLASSES, "tombstone"}


@pytest.mark.parametrize("anchor", [EVENT, LEAP, date(2019, 12, 31)], ids=str)
@pytest.mark.parametrize("rule", ROWS, ids=lambda rule: rule.name)
def test_a_row_is_due_on_its_day_and_not_before(rule, anchor):
    row = a_row(rule, anchor)
    end = rule.keep.ends_on(anchor)

    assert due(rule, end - DAY) == []
    assert due(rule, end) == [row.pk]
    assert due(rule, end + DAY) == [row.pk]


@pytest.mark.parametrize("name", CLASSES)
def test_an_open_engagement_stops_every_class_and_its_end_starts_the_clock(name):
    contact = people.MAKERS[name](EVENT)
    work = people.engagement(contact, EngagementState.ENQUIRY, EVENT)

    assert not any(item.rows for item in plan.make(LATER).items if item.rule.takes_people)

    work.closed_on = date(2030, 5, 1)
    work.save()
    people.dealings.refresh([contact.pk])
    end = date(2030 + people.YEARS[name], 5, 1)
    rule = plan.rule_named(f"crm.Contact:{name}")
    assert due(rule, end - DAY) == []
    assert due(rule, end) == [contact.pk]


@pytest.mark.clause("S98")
@pytest.mark.parametrize("name", CLASSES)
def test_six_years_after_the_last_event_nobody_is_left_and_nothing_of_them(name):
    contact = people.MAKERS[name](EVENT)
    people.interaction(contact, EVENT)
    factories.DocumentFactory(contact=contact)
    end = EVENT.replace(year=EVENT.year + people.YEARS[name])

    sweep.run(on=end - DAY, mode=Mode.APPLY)
    assert people.refreshed(contact).disposed_at is None
    sweep.run(on=EVENT.replace(year=EVENT.year + 6), mode=Mode.APPLY)

    assert people.refreshed(contact).disposed_at is not None
    assert not contact.latin_family_name
    assert not contact.interactions.exists() and not contact.documents.exists()


@pytest.mark.parametrize("kind", [RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY])
def test_an_open_role_of_work_stops_the_clock(kind):
    people.role(people.person(EVENT), kind, EVENT)

    assert not any(item.rows for item in plan.make(LATER).items if item.rule.takes_people)


def a_hold(scope: HoldScope, contact: Contact) -> LegalHold:
    """A hold on the person, on the organisation of a role or on an engagement, of this person."""
    hold = people.hold(contact)
    if scope == HoldScope.PERSON:
        return hold
    firm = Organisation.objects.create(name="Harbour Works")
    reference = firm.uuid
    if scope == HoldScope.ORGANISATION:
        people.role(contact, RoleKind.PROSPECT, EVENT, EVENT, organisation=firm)
    else:
        work = people.engagement(contact, EngagementState.ENQUIRY, EVENT, EVENT)
        reference = work.uuid
    hold.scope, hold.subject, hold.scope_reference = scope, None, reference
    hold.reason = HoldReason.CLAIM
    hold.save()
    return hold


@pytest.mark.parametrize("scope", list(HoldScope))
@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.clause("S45")
def test_a_hold_of_each_scope_keeps_every_class_until_it_is_released(name, scope):
    contact = people.MAKERS[name](EVENT)
    row = people.interaction(contact, EVENT)
    hold = a_hold(scope, contact)
    rule = plan.rule_named(f"crm.Contact:{people.refreshed(contact).retention_class}")

    held = plan.item_of(rule, on=LATER)
    row_held = plan.item_of(plan.rule_named("crm.Interaction:interaction"), on=LATER)
    assert (held.rows, held.held) == ((), 1)
    assert (row_held.rows, row_held.held) == ((), 1)

    hold.released_at, hold.released_by = people.timezone.now(), hold.owner
    hold.save()
    assert plan.item_of(rule, on=LATER).rows == (contact.pk,)
    assert plan.item_of(row_held.rule, on=LATER).rows == (row.pk,)


def test_who_joins_an_engagement_on_hold_is_held_too():
    first, late = people.person(EVENT), people.person(EVENT)
    a_hold(HoldScope.ENGAGEMENT, first)
    work = Participation.objects.get(contact=first).engagement
    rule = plan.rule_named("crm.Contact:lead")
    assert plan.item_of(rule, on=LATER).rows == (late.pk,)

    Participation.objects.create(engagement=work, contact=late)

    assert plan.item_of(rule, on=LATER).rows == ()


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.clause("S105")
def test_a_statute_outlives_the_disposal_of_every_class(name):
    contact = people.MAKERS[name](EVENT)
    people.invoice(contact, date(2024, 1, 1))
    Contact.objects.filter(pk=contact.pk).update(retention_class=name, anchor_on=EVENT)
    on = date(EVENT.year + people.YEARS[name], EVENT.month, EVENT.day)

    sweep.run(on=max(on, date(2024, 6, 15)), mode=Mode.APPLY)

    assert people.refreshed(contact).disposed_at is not None
    # The business has forgotten; the sealed archive keeps the remainder until its day.
    record = ArchivedRecord.objects.get()
    rule = plan.rule_named("retention.ArchivedRecord:archive")
    end = plan.rule_named("crm.InvoiceReference:invoice").keep.ends_on(date(2024, 1, 1))
    assert due(rule, end - DAY) == []
    assert due(rule, end) == [record.pk]


def test_a_row_about_which_the_clock_never_began_is_never_due():
    contact = people.person(EVENT)
    Contact.objects.filter(pk=contact.pk).update(anchor_on=None)

    assert due(plan.rule_named("crm.Contact:lead"), datetime.max.date().replace(year=9000)) == []
