"""An account that ended names nobody a year later, and what was done with it is still evidence."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from config import roles
from crm import accounts, dealings, leavers, second_factor, tasks
from crm.enums import RetentionClass, RoleKind
from crm.errors import AccountRefused, RoleRefused
from crm.models import Contact, Role, SavedView, User
from privacy import disposal, inventory, journal
from privacy.enums import About, DisposalCause
from privacy.models import Finding, JournalEntry
from privacy.residue import haystack
from retention import plan, sweep
from retention.enums import Mode
from tests.crm.importing import member
from tests.factories.crm import ContactFactory, ContactPointFactory, RoleFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NAMES = ("zephyrine", "quillfeather", "zq@office.example", "zephyrine.quillfeather")
DAY = timedelta(days=1)


def today():
    return timezone.localdate()


def operator():
    """Somebody with everything that an operator leaves behind."""
    user = UserFactory(
        username="zephyrine.quillfeather",
        first_name="Zephyrine",
        last_name="Quillfeather",
        email="zq@office.example",
        contact=ContactFactory(latin_given_name="Zephyrine", latin_family_name="Quillfeather"),
        last_login=timezone.now(),
        password="!",
    )
    user.groups.add(Group.objects.get(name=roles.STAFF))
    user.proposed_roles.add(Group.objects.get(name=roles.HR))
    user.user_permissions.add(Permission.objects.first())
    SavedView.objects.create(user=user, name="Quillfeather's", listing="crm.contact", query="")
    second_factor.begin(user)
    StaticDevice.objects.create(user=user, name="recovery").token_set.create(token="abc")
    # As it was typed.
    AccessAttempt.objects.create(username="Zephyrine.Quillfeather", failures_since_start=1)
    AccessLog.objects.create(username="Zephyrine.Quillfeather")
    AccessFailureLog.objects.create(username="ZQ@office.example")
    journal.record("test.act", by=user)
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(User),
        object_id="1",
        object_repr="user 1",
        action_flag=CHANGE,
    )
    return user


def mentions():
    """The tables about operators in which a name of theirs can be read, from the raw rows."""
    about = {
        holding.model_class._meta.db_table
        for holding in inventory.registry.holdings.values()
        if holding.about is About.OPERATOR
    }
    return {
        row.table
        for row in haystack.tables()
        if row.table in about
        for _column, text in row.cells
        if any(name in str(text).lower() for name in NAMES)
    }


def ended(user, days):
    user.is_active = False
    user.save()
    User.objects.filter(pk=user.pk).update(disabled_on=today() - timedelta(days=days))


def test_a_year_after_its_end_nothing_names_the_operator():
    user, other = operator(), UserFactory()
    AccessLog.objects.create(username=other.username)
    assert mentions() >= {"crm_user", "crm_savedview", "axes_accesslog"}
    end = today() + timedelta(days=400)
    accounts.disable(user, by=None)
    rule = plan.rule_named("crm.User:account")
    due = rule.keep.ends_on(today())
    assert not rule.due(due - DAY).exists()
    assert list(rule.due(due)) == [user]

    sweep.run(on=end, mode=Mode.APPLY)

    user.refresh_from_db()
    assert mentions() == set()
    assert len(user.username) == 32
    assert (user.email, user.password, user.contact, user.forgotten_on) == ("", "", None, end)
    assert not user.groups.exists()
    assert not user.proposed_roles.exists()
    assert not user.user_permissions.exists()
    for model in (SavedView, TOTPDevice, StaticDevice):
        assert not model.objects.exists()
    # Evidence keeps its key, of an account that names nobody.
    assert LogEntry.objects.filter(user=user).exists()
    assert JournalEntry.objects.filter(actor=f"user:{user.pk}").exists()
    other.refresh_from_db()
    assert not other.forgotten_on
    # Once.
    assert not rule.due(end + timedelta(days=4000)).exists()
    assert JournalEntry.objects.filter(verb="disposal.accounts").count() == 1


def test_each_datum_of_an_account_is_another_afterwards():
    user = operator()
    ended(user, 400)
    data = inventory.holding("crm.User").data
    before = User.objects.filter(pk=user.pk).values(*data).get()
    assert all(before.values())

    sweep.run(on=today(), mode=Mode.APPLY)

    after = User.objects.filter(pk=user.pk).values(*data).get()
    kept = {name for name in data if after[name] == before[name]}
    assert kept == set()
    assert [name for name in data if after[name]] == ["username"]


def test_two_accounts_at_once_get_two_names():
    one, two = UserFactory(), UserFactory()
    ended(one, 400)
    ended(two, 400)

    sweep.run(on=today(), mode=Mode.APPLY)

    one.refresh_from_db()
    two.refresh_from_db()
    assert one.forgotten_on
    assert two.forgotten_on
    assert one.username != two.username


@pytest.mark.parametrize(
    "end",
    [
        lambda user: accounts.disable(user, by=UserFactory()),
        lambda user: leavers.disable(on=today()),
        lambda user: (setattr(user, "is_active", False), user.save()),
        lambda user: (setattr(user, "is_active", False), user.save(update_fields=["is_active"])),
        # What raw SQL did, the night finds.
        lambda user: (
            User.objects.filter(pk=user.pk).update(is_active=False),
            tasks.disable_leavers(),
        ),
    ],
)
def test_whatever_disables_an_account_writes_the_day_and_enabling_takes_it_back(end):
    user = UserFactory(contact=ContactFactory())
    RoleFactory(contact=user.contact, kind=RoleKind.EMPLOYEE, ended_on=date(2020, 1, 1))

    end(user)

    user.refresh_from_db()
    assert (user.is_active, user.disabled_on) == (False, today())
    accounts.enable(user, by=UserFactory())
    user.refresh_from_db()
    assert (user.is_active, user.disabled_on) == (True, None)


def test_the_database_knows_no_active_account_that_ended():
    user = UserFactory()
    ended(user, 1)

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)


def test_accounts_that_were_inactive_before_end_with_the_migration():
    gone, active = UserFactory(), UserFactory()
    User.objects.filter(pk=gone.pk).update(is_active=False)
    migration = import_module("crm.migrations.0021_accounts_have_an_end")

    migration.end_today(apps, type("Editor", (), {"connection": connection}))

    gone.refresh_from_db()
    active.refresh_from_db()
    assert (gone.disabled_on, active.disabled_on) == (today(), None)


def test_an_artificial_account_is_nobodys_again(client):
    user, by = operator(), member(roles.SYSTEM)
    ended(user, 400)
    sweep.run(on=today(), mode=Mode.APPLY)
    user.refresh_from_db()

    with pytest.raises(AccountRefused):
        accounts.enable(user, by=by)
    with pytest.raises(AccountRefused):
        accounts.set_address(user, email="new@office.example", by=by)
    with pytest.raises(RoleRefused):
        accounts.give_roles(user, roles=[], by=by)
    client.force_login(by)
    page = client.get(reverse("admin:crm_user_change", args=[user.pk]))
    offered = {one["operation"].name for one in page.context["operations"]}
    assert not offered & {"enable", "disable", "reset", "address", "roles"}
    assert not page.context["has_change_permission"]


def test_a_leavers_own_account_is_no_finding_and_what_was_found_in_it_is_settled():
    user, namesake = operator(), ContactFactory()
    ContactPointFactory(contact=user.contact, value="zq@office.example")
    # Somebody else whose address stands in this account.
    ContactPointFactory(contact=namesake, value="zq@office.example")
    ended(user, 1)

    disposal.dispose([user.contact.pk], cause=DisposalCause.ERASURE, by=None, on=today())
    assert not Finding.objects.filter(
        subject_reference=user.contact.uuid, place__startswith="crm_user."
    ).exists()
    disposal.dispose([namesake.pk], cause=DisposalCause.ERASURE, by=None, on=today())
    found = Finding.objects.filter(place="crm_user.email", settled_at__isnull=True)
    assert found.exists()

    sweep.run(on=today() + timedelta(days=400), mode=Mode.APPLY)

    assert not found.exists()


def test_whoever_has_an_active_account_is_not_due_and_has_a_clock_when_it_ends():
    user = UserFactory(contact=ContactFactory())
    person = Contact.objects.filter(pk=user.contact.pk)
    tasks.disable_leavers()
    assert person.get().anchor_on is None

    accounts.disable(user, by=None)
    assert person.get().anchor_on == user.contact.source.obtained_on

    accounts.enable(user, by=UserFactory())
    assert person.get().anchor_on is None


@pytest.mark.parametrize("kind", [*dealings.WORK_KINDS, RoleKind.APPLICANT])
def test_an_ended_role_of_work_goes_by_itself_though_its_person_is_a_client(kind):
    contact = ContactFactory()
    RoleFactory(contact=contact, kind=RoleKind.CLIENT, ended_on=None)
    client_since = date(2024, 3, 1)
    Role.objects.filter(contact=contact).update(started_on=client_since)
    ended_on = date(2018, 6, 15)
    role = RoleFactory(contact=contact, kind=kind, started_on=ended_on - DAY, ended_on=ended_on)
    dealings.refresh([contact.pk])
    name = "application" if kind == RoleKind.APPLICANT else "work"
    rule = plan.rule_named(f"crm.Role:{name}")
    end = rule.keep.ends_on(ended_on)
    assert not rule.due(end - DAY).exists()
    assert list(rule.due(end)) == [role]

    sweep.run(on=date(2025, 1, 1), mode=Mode.APPLY)
    leavers.settle(on=date(2025, 1, 1))

    contact.refresh_from_db()
    assert contact.disposed_at is None
    assert contact.retention_class == RetentionClass.CLIENT
    assert list(contact.roles.values_list("kind", flat=True)) == [RoleKind.CLIENT]
    assert not Role.history.filter(kind=kind).exists()
