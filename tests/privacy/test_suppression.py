"""A suppressed point comes in by no door, in no spelling; a lift opens every door again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import ContactPoint, Organisation
from privacy import journal, ledger, opt_outs, suppression
from privacy.enums import Channel, OptOutWay, PointKind, SuppressionScope
from privacy.errors import IdentifierSuppressed, PrivacyError, SuppressionKeyInvalid
from privacy.models import Finding, SuppressionEntry, SuppressionKey
from privacy.points import Point
from privacy.suppression.guard import points_of
from tests.factories import crm as factories

pytestmark = [pytest.mark.django_db, pytest.mark.both]

EMAIL, PHONE = PointKind.EMAIL, PointKind.PHONE
SPELLINGS = [
    (EMAIL, " ann.chan@example.com"),
    (EMAIL, "ａｎｎ.ｃｈａｎ@ｅｘａｍｐｌｅ.ｃｏｍ"),
    (EMAIL, "ann.\u200bchan@example.com"),
    (EMAIL, "mailto:Ann.Chan@example.com"),
    (PHONE, "0085251234567"),
    (PHONE, "５１２３ ４５６７"),
    (PHONE, "+852-5123-4567"),
    (PHONE, "+852 (0) 5123 4567"),
]


@pytest.fixture
def ann():
    person = factories.ContactFactory()
    for kind, value in ((EMAIL, "Ann.Chan@Example.COM"), (PHONE, "+852 5123 4567")):
        ContactPoint.objects.create(contact=person, kind=kind, value=value)
    return person


@pytest.fixture
def case(ann):
    return suppression.suppress_subject(ann.pk, by=None)


def create(person, kind, value):
    ContactPoint.objects.create(contact=person, kind=kind, value=value)


def save(person, kind, value):
    ContactPoint(contact=person, kind=kind, value=value).save()


def bulk_create(person, kind, value):
    ContactPoint.objects.bulk_create([ContactPoint(contact=person, kind=kind, value=value)])


def upsert(person, kind, value):
    ContactPoint.objects.bulk_create(
        [ContactPoint(contact=person, kind=kind, value=value)],
        update_conflicts=True,
        unique_fields=["contact", "kind", "normal_form"],
        update_fields=["value"],
    )


def get_or_create(person, kind, value):
    ContactPoint.objects.get_or_create(contact=person, kind=kind, value=value)


def update_or_create(person, kind, value):
    ContactPoint.objects.update_or_create(contact=person, kind=kind, defaults={"value": value})


def through_the_relation(person, kind, value):
    person.points.create(kind=kind, value=value)


def other(person, kind):
    value = "other@example.com" if kind == EMAIL else "+852 5999 0000"
    return ContactPoint.objects.create(contact=person, kind=kind, value=value)


def update(person, kind, value):
    row = other(person, kind)
    ContactPoint.objects.filter(pk=row.pk).update(value=value)


def bulk_update(person, kind, value):
    row = other(person, kind)
    row.value = value
    ContactPoint.objects.bulk_update([row], ["value"])


def save_again(person, kind, value):
    row = other(person, kind)
    row.value = value
    row.save(update_fields=["value"])


DOORS = [
    create,
    save,
    bulk_create,
    upsert,
    get_or_create,
    update_or_create,
    through_the_relation,
    update,
    bulk_update,
    save_again,
]


@pytest.mark.clause("S110")
@pytest.mark.parametrize(("kind", "value"), SPELLINGS)
@pytest.mark.parametrize("door", DOORS)
def test_a_suppressed_point_is_refused(case, door, kind, value):
    newcomer = factories.ContactFactory()

    with pytest.raises(IdentifierSuppressed) as refusal:
        door(newcomer, kind, value)

    assert (
        str(refusal.value) == "This contact detail cannot be entered; please see the privacy team."
    )
    assert not newcomer.points.filter(value=value).exists()


@pytest.mark.clause("S110")
@pytest.mark.parametrize(
    "value", ["+49 30 901820", "0049 30 901820", "4930901820", "49-30-901820"]
)
def test_a_number_abroad_is_refused_without_its_plus_too(value):
    suppression.suppress(
        [Point(PHONE, "+49 30 901820")], scope=SuppressionScope.NO_REENTRY, by=None
    )

    with pytest.raises(IdentifierSuppressed):
        create(factories.ContactFactory(), PHONE, value)


@pytest.mark.clause("S64")
def test_the_file_knows_a_point_again_and_tells_it_to_nobody(case):
    stored = " ".join(str(row) for row in SuppressionEntry.objects.values_list())

    assert suppression.refused([Point(EMAIL, "ann.chan@example.com")]) == [True]
    assert suppression.refused([Point(EMAIL, "bob.chan@example.com")]) == [False]
    for value in ("ann.chan", "example.com", "51234567"):
        assert value not in stored


@pytest.mark.parametrize(("kind", "value"), SPELLINGS)
def test_a_lift_lets_the_person_in_again(case, kind, value):
    assert suppression.lift(case, by=None) == 2

    create(factories.ContactFactory(), kind, value)

    with pytest.raises(PrivacyError):
        suppression.lift(case, by=None)


def test_one_bad_row_refuses_its_batch_and_names_its_position(case):
    person = factories.ContactFactory()
    values = ["a@example.com", "ann.chan@example.com", "b@example.com"]

    with pytest.raises(IdentifierSuppressed) as refusal:
        ContactPoint.objects.bulk_create(
            [ContactPoint(contact=person, kind=EMAIL, value=value) for value in values]
        )

    assert refusal.value.positions == (1,)
    assert not person.points.exists()


def test_an_expression_on_a_guarded_column_is_refused(ann):
    from django.db.models import F

    with pytest.raises(PrivacyError, match="plain value"):
        ContactPoint.objects.filter(contact=ann).update(value=F("normal_form"))


def test_an_expression_on_an_unsaved_row_is_refused(ann):
    from django.db.models import Value

    row = ann.points.first()
    row.value = Value("ann@example.com")

    with pytest.raises(PrivacyError, match="plain value"):
        row.save()
    with pytest.raises(PrivacyError, match="plain value"):
        ContactPoint.objects.bulk_update([row], ["value"])


def test_a_free_point_is_written_in_bulk_with_its_normal_form(case):
    rows = [other(factories.ContactFactory(), EMAIL) for _ in range(3)]
    for number, row in enumerate(rows):
        row.value = f"Bob{number}@Example.com"

    assert ContactPoint.objects.bulk_update(rows, ["value"], 2) == 3

    written = ContactPoint.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    assert [row.value for row in written] == [f"Bob{n}@Example.com" for n in range(3)]
    assert [row.normal_form for row in written] == [f"bob{n}@example.com" for n in range(3)]


def test_a_bulk_update_outside_its_set_changes_nothing(case):
    row = other(factories.ContactFactory(), EMAIL)
    row.value = "bob@example.com"

    assert ContactPoint.objects.exclude(pk=row.pk).bulk_update([row], ["value"]) == 0


def test_an_upsert_by_position_writes_the_normal_form_too(case):
    row = other(factories.ContactFactory(), EMAIL)
    again = ContactPoint(pk=row.pk, contact=row.contact, kind=EMAIL, value="Bob@Example.com")

    ContactPoint.objects.bulk_create([again], None, False, True, ["value"], ["id"])

    row.refresh_from_db()
    assert (row.value, row.normal_form) == ("Bob@Example.com", "bob@example.com")


def test_a_changed_country_gives_each_row_its_own_normal_form(case):
    rows = [
        factories.OrganisationFactory(phone=f"020 7946 000{number}", email="")
        for number in range(2)
    ]

    Organisation.objects.filter(pk__in=[row.pk for row in rows]).update(country="GB")

    forms = Organisation.objects.filter(country="GB").order_by("pk")
    assert [row.phone_form for row in forms] == ["+442079460000", "+442079460001"]


def test_a_changed_kind_alone_is_asked_about(case):
    row = ContactPoint.objects.create(
        contact=factories.ContactFactory(), kind=PointKind.EMAIL, value="x@example.com"
    )
    # As it was stored before there was a rule for what a link is.
    ContactPoint.objects.filter(pk=row.pk)._unasked().update(
        kind=PointKind.LINK, value="5123 4567"
    )

    with pytest.raises(IdentifierSuppressed):
        ContactPoint.objects.filter(pk=row.pk).update(kind=PHONE)


def test_a_column_without_a_guard_is_written_in_bulk_unasked(case, ann):
    rows = list(ann.points.all())
    for row in rows:
        row.is_preferred = True

    assert ContactPoint.objects.bulk_update(rows, ["is_preferred"]) == 2


def test_a_set_that_defers_or_selects_columns_is_updated_like_any_other(case):
    people = [factories.ContactFactory() for _ in range(5)]
    pks = [other(person, EMAIL).pk for person in people]
    rows = ContactPoint.objects.filter(pk__in=pks)

    for narrowed in (rows.only("pk"), rows.values("pk"), rows.order_by("value")):
        with CaptureQueriesContext(connection) as captured:
            assert narrowed.update(value="Bob@Example.com") == 5
        # A savepoint and its end, the rows, the suppression file, the update.
        assert len(captured) == 5

    assert set(rows.values_list("normal_form", flat=True)) == {"bob@example.com"}


def test_a_colleague_behind_the_same_switchboard_is_not_refused(ann):
    colleague = factories.ContactFactory()
    for person in (ann, colleague):
        ContactPoint.objects.create(contact=person, kind=PHONE, value="+852 2123 4567")

    suppression.suppress_subject(ann.pk, by=None)

    shared, own = Point(PHONE, "2123 4567"), Point(PHONE, "5123 4567")
    assert suppression.refused([shared, own]) == [False, True]
    assert suppression.advised([shared, own]) == [True, False]
    create(factories.ContactFactory(), PHONE, "2123 4567")


def test_an_organisations_switchboard_is_not_refused(ann):
    factories.OrganisationFactory(phone="5123 4567")

    suppression.suppress_subject(ann.pk, by=None)

    assert suppression.refused([Point(PHONE, "5123 4567")]) == [False]


def test_two_firms_whose_names_differ_in_sharp_s_are_two():
    suppression.suppress([Point(EMAIL, "ann@faß.de")], scope=SuppressionScope.NO_REENTRY, by=None)

    points = [Point(EMAIL, "ann@faß.de"), Point(EMAIL, "ann@fass.de")]
    assert suppression.refused(points) == [True, False]


@pytest.mark.clause("S138")
def test_no_marketing_is_per_channel_and_refuses_no_entry():
    point = Point(PHONE, "5123 4567")
    suppression.suppress(
        [point], scope=SuppressionScope.NO_MARKETING, channels=[Channel.SMS], by=None
    )

    assert suppression.marketing_refused([point], Channel.SMS) == [True]
    assert suppression.marketing_refused([point], Channel.PHONE) == [False]
    assert suppression.refused([point]) == [False]


def test_old_keys_still_match_after_rotation(case, settings):
    settings.PRIVACY_SUPPRESSION_KEYS = ["t2:" + "99" * 32, *settings.PRIVACY_SUPPRESSION_KEYS]

    assert suppression.refused([Point(EMAIL, "ann.chan@example.com")]) == [True]
    suppression.suppress(
        [Point(EMAIL, "new@example.com")], scope=SuppressionScope.NO_REENTRY, by=None
    )
    assert set(SuppressionEntry.objects.values_list("key_id", flat=True)) == {"t1", "t2"}


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["t1"],
        ["t1:11"],
        ["t1:" + "zz" * 32],
        ["t1:" + "12" * 32],
        ["t2:" + "11" * 32],
        ["t1:" + "11" * 32, "t1:" + "12" * 32],
    ],
)
def test_a_missing_short_or_wrong_key_refuses_to_start(case, settings, keys):
    settings.PRIVACY_SUPPRESSION_KEYS = keys

    with pytest.raises(SuppressionKeyInvalid) as refusal:
        suppression.verify_keys()

    assert "11111111" not in str(refusal.value)


@pytest.mark.parametrize("keys", [["t1:" + "12" * 32], ["t2:" + "11" * 32]])
def test_a_lost_check_value_lets_no_wrong_key_in(case, settings, keys):
    SuppressionKey.objects.all().delete()
    settings.PRIVACY_SUPPRESSION_KEYS = keys

    with pytest.raises(SuppressionKeyInvalid, match="t1"):
        suppression.verify_keys()

    assert not SuppressionKey.objects.exists()


def test_no_entry_is_made_under_a_wrong_key(case, settings):
    settings.PRIVACY_SUPPRESSION_KEYS = ["t1:" + "12" * 32]

    with pytest.raises(SuppressionKeyInvalid):
        suppression.suppress(
            [Point(EMAIL, "new@example.com")], scope=SuppressionScope.NO_REENTRY, by=None
        )


def known():
    return dict(SuppressionKey.objects.order_by("key_id").values_list("key_id", "check_value"))


def enter(address):
    suppression.suppress([Point(EMAIL, address)], scope=SuppressionScope.NO_REENTRY, by=None)


def test_a_key_is_known_from_its_first_entry_and_never_by_a_look(settings):
    old, new = settings.PRIVACY_SUPPRESSION_KEYS, "t2:" + "99" * 32
    suppression.verify_keys()
    assert not known()
    enter("ann.chan@example.com")
    first = known()
    assert list(first) == ["t1"]

    settings.PRIVACY_SUPPRESSION_KEYS = [new, *old]
    suppression.verify_keys()
    assert suppression.refused([Point(EMAIL, "ann.chan@example.com")]) == [True]
    assert known() == first

    # What was only tried is not asked for again.
    settings.PRIVACY_SUPPRESSION_KEYS = old
    suppression.verify_keys()
    settings.PRIVACY_SUPPRESSION_KEYS = [new, *old]
    enter("bob.lee@example.com")
    assert list(known()) == ["t1", "t2"]


@pytest.mark.parametrize(
    "store",
    [
        lambda point: opt_outs.keep(OptOutWay.MAIL, {"said": "no"}, about=[point]),
        suppression.lock,
    ],
)
def test_whatever_is_stored_under_a_key_makes_it_known(store):
    store(Point(EMAIL, "ann.chan@example.com"))

    assert list(known()) == ["t1"]


def test_the_number_of_queries_is_that_of_the_batch_not_of_its_rows(case):
    person = factories.ContactFactory()

    def queries(number, start):
        rows = [
            ContactPoint(contact=person, kind=EMAIL, value=f"p{start + n}@example.com")
            for n in range(number)
        ]
        with CaptureQueriesContext(connection) as captured:
            suppression.refused([Point(EMAIL, row.value) for row in rows])
        return len(captured)

    assert queries(1, 0) == queries(500, 10) == 1


def test_what_raw_sql_let_in_is_found(case, ann):
    row = ContactPoint.objects.create(
        contact=factories.ContactFactory(), kind=EMAIL, value="x@example.com"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crm_contactpoint SET value = 'ann.chan@example.com' WHERE id = %s", [row.pk]
        )

    assert row.pk in suppression.find_smuggled()["crm.ContactPoint"]


def test_what_raw_sql_let_in_becomes_a_finding_once(case):
    row = ContactPoint.objects.create(
        contact=factories.ContactFactory(), kind=EMAIL, value="x@example.com"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crm_contactpoint SET value = 'ann.chan@example.com' WHERE id = %s", [row.pk]
        )
    before = suppression.note_smuggled()

    assert before >= 1
    assert suppression.note_smuggled() == 0
    places = Finding.objects.values_list("cause", "place", "row_reference")
    assert ("smuggled", "crm_contactpoint", str(row.pk)) in places


def test_a_no_on_two_channels_is_one_case(db):
    point = Point(PHONE, "5123 4567")

    case = suppression.suppress(
        [point],
        scope=SuppressionScope.NO_MARKETING,
        channels=[Channel.SMS, Channel.PHONE],
        by=None,
    )

    assert suppression.marketing_refused([point], Channel.SMS) == [True]
    assert suppression.marketing_refused([point], Channel.PHONE) == [True]
    assert suppression.marketing_refused([point], Channel.EMAIL) == [False]
    assert SuppressionEntry.objects.filter(case=case).count() == 2


def test_an_unsaved_kind_is_stored_with_the_value_that_it_was_asked_about(case):
    row = ContactPoint.objects.create(
        contact=factories.ContactFactory(), kind=PointKind.EMAIL, value="x@example.com"
    )
    row.kind, row.value = PointKind.LINK, "example.org/ann.chan"

    row.save(update_fields=["value"])

    row.refresh_from_db()
    assert row.kind == PointKind.LINK
    assert suppression.refused(points_of(row)) == [False]


def test_a_case_is_journalled_without_a_value(case):
    entry = journal.JournalEntry.objects.first()

    assert entry.object_reference == str(case)
    assert entry.facts == {"entries": 2, "scope": "no_reentry"}


@pytest.mark.django_db(transaction=True)
def test_every_entry_and_lift_reaches_the_ledger(ann):
    case = suppression.suppress_subject(ann.pk, by=None)
    suppression.lift(case, by=None)

    kinds = [entry["kind"] for entry in ledger.entries()]
    assert kinds == ["suppression", "suppression", "lift", "lift"]
