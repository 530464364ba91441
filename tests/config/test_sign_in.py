"""The second factor: nobody gets a session by a password alone where one is asked for."""

import re
import time

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from config import roles
from crm import accounts, second_factor
from crm.errors import AccountRefused
from privacy import parties
from privacy.models import JournalEntry
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PHRASE = "heron-quartz-velvet-41"
STEP = reverse("second_factor")


@pytest.fixture
def real_office():
    parties.open_office(entities=[], privacy_contact="privacy@office.example")


def member(role, name="amara"):
    user = UserFactory(username=name)
    user.set_password(PHRASE)
    user.save()
    user.groups.add(Group.objects.get(name=role))
    return user


def by_password(name="amara", to=""):
    client = Client()
    answer = client.post(
        reverse("admin:login"), {"username": name, "password": PHRASE, "next": to}
    )
    return client, answer


def code(user, *, later=0):
    """What the app shows; each code works once, so that a test asks for the next one."""
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + later * device.step
    return f"{totp.token():06d}"


def is_in(client):
    return client.get("/admin/").status_code == 200


def enrolled(role=roles.STAFF):
    user = member(role)
    second_factor.begin(user)
    return user, second_factor.enrol(user, code=code(user))


@pytest.mark.parametrize("role", sorted(roles.ROLES))
@pytest.mark.clause("S93")
def test_in_a_real_office_every_role_sets_up_an_app_before_they_are_in(real_office, role):
    user = member(role)

    client, answer = by_password(to="/admin/fields/")
    assert answer["Location"] == STEP
    assert not is_in(client)
    page = client.get(STEP).content.decode()
    assert "data:image/svg+xml" in page
    assert second_factor.secret(TOTPDevice.objects.get(user=user)) in page

    wrong = client.post(STEP, {"code": "000000" if code(user) != "000000" else "000001"})
    assert "not right" in wrong.content.decode()
    assert not is_in(client)
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)

    shown = client.post(STEP, {"code": code(user)})
    codes = re.findall(r"<code>([a-z0-9-]{14})</code>", shown.content.decode())
    assert len(codes) == second_factor.CODES
    assert "/admin/fields/" in shown.content.decode()
    assert is_in(client)
    assert JournalEntry.objects.filter(verb="user.enrol").count() == 1


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_the_settings_name_every_role_of_the_program(settings, role):
    assert role in settings.CRM_SECOND_FACTOR_ROLES


def test_a_role_of_the_offices_own_that_opens_anything_demands_one_too(real_office):
    own = Group.objects.create(name="Night shift")
    user = UserFactory()
    user.groups.add(own)
    assert not second_factor.must_have(user)

    own.permissions.add(Permission.objects.first())

    assert second_factor.must_have(user)


def test_without_any_role_a_password_is_enough(real_office):
    member(roles.STAFF).groups.clear()

    assert is_in(by_password()[0])


def test_in_an_invented_office_nobody_must_and_every_page_says_so():
    parties.note_invented()
    member(roles.OFFICER)

    client, _answer = by_password()

    for page in ("/admin/", "/admin/fields/", "/admin/crm/contact/"):
        assert "Invented office" in client.get(page).content.decode()


def test_a_real_office_carries_no_such_label(real_office):
    member(roles.STAFF)

    assert "Invented office" not in by_password()[0].get("/admin/").content.decode()


def test_whoever_has_an_app_is_asked_in_any_office_and_a_code_works_once():
    user, _codes = enrolled()

    client, answer = by_password()
    assert answer["Location"] == STEP
    assert not is_in(client)
    used = client.post(STEP, {"code": code(user)})
    assert used.status_code == 200
    assert not is_in(client)
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert client.post(STEP, {"code": code(user, later=1)})["Location"] == "/admin/"
    assert is_in(client)


def test_a_recovery_code_works_once_and_is_stored_as_a_digest():
    user, codes = enrolled()
    plain = {text.replace("-", "") for text in codes}
    assert not plain & set(StaticToken.objects.values_list("token", flat=True))

    first, _answer = by_password()
    assert first.post(STEP, {"code": codes[0].upper()}).status_code == 302
    assert is_in(first)
    second, _answer = by_password()
    second.post(STEP, {"code": codes[0]})
    assert not is_in(second)
    assert StaticToken.objects.count() == second_factor.CODES - 1


def test_a_recovery_code_works_once_after_the_secret_key_was_changed(settings):
    _user, codes = enrolled()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]

    first, _answer = by_password()
    first.post(STEP, {"code": codes[0]})
    second, _answer = by_password()
    second.post(STEP, {"code": codes[0]})

    assert is_in(first)
    assert not is_in(second)


def test_wrong_codes_lock_the_account_as_wrong_passwords_do():
    _user, codes = enrolled()
    client, _answer = by_password()

    answers = [client.post(STEP, {"code": "zzzz"}).status_code for _n in range(5)]

    assert answers[-1] == 429
    assert client.post(STEP, {"code": codes[0]}).status_code == 429
    assert not is_in(client)
    assert by_password()[1].status_code == 429


def test_the_second_step_is_nothing_without_the_first(client, settings):
    _user, codes = enrolled()

    assert client.get(STEP)["Location"] == reverse("admin:login")
    assert client.post(STEP, {"code": codes[0]})["Location"] == reverse("admin:login")
    assert not is_in(client)


def test_half_way_ends_after_ten_minutes():
    _user, codes = enrolled()
    client, _answer = by_password()
    session = client.session
    session["half_way"]["at"] -= 601
    session.save()

    assert client.post(STEP, {"code": codes[0]})["Location"] == reverse("admin:login")


def test_a_disabled_account_stops_half_way():
    user, codes = enrolled()
    client, _answer = by_password()
    accounts.disable(user, by=UserFactory())

    assert client.post(STEP, {"code": codes[0]})["Location"] == reverse("admin:login")


def test_sign_in_leads_to_no_other_host():
    _user, codes = enrolled()
    client, _answer = by_password(to="https://elsewhere.example/")

    assert client.post(STEP, {"code": codes[0]})["Location"] == "/admin/"


def test_one_sets_up_an_app_of_ones_own_by_ones_password_and_takes_new_codes():
    user = member(roles.STAFF)
    client, _answer = by_password()
    own, enrol = reverse("own_second_factor"), reverse("enrol")
    assert client.get(enrol)["Location"] == own
    assert "not your password" in client.post(own, {"password": "x"}).content.decode()
    assert not TOTPDevice.objects.exists()

    assert client.post(own, {"password": PHRASE})["Location"] == enrol
    assert "data:image/svg+xml" in client.get(enrol).content.decode()
    first = client.post(enrol, {"code": code(user)}).content.decode()
    again = client.post(own, {"password": PHRASE}).content.decode()

    old, new = (set(re.findall(r"<code>([a-z0-9-]{14})</code>", page)) for page in (first, again))
    assert len(old) == len(new) == second_factor.CODES
    assert not old & new
    assert not second_factor.verify(user, code=old.pop())


def test_a_lost_second_factor_is_reset_by_a_second_person(real_office):
    user, codes = enrolled(roles.OFFICER)
    client, _answer = by_password()
    client.post(STEP, {"code": codes[0]})
    other = member(roles.OFFICER, "benedikt")
    console = Client()
    console.force_login(other)
    page = reverse("admin:crm_user_forget_factor", args=[user.pk])
    assert console.get(page).status_code == 200
    assert is_in(client)

    console.post(page)

    assert not is_in(client)
    assert not second_factor.has(user)
    assert by_password()[1]["Location"] == STEP
    with pytest.raises(AccountRefused, match="second person"):
        second_factor.forget(other, by=other)


def test_a_role_that_demands_a_second_factor_ends_sessions_without_one(real_office):
    user = member(roles.STAFF)
    user.groups.clear()
    client, _answer = by_password()
    assert is_in(client)

    accounts.give_roles(user, roles=[Group.objects.get(name=roles.HR)], by=UserFactory())

    assert not is_in(client)


@pytest.mark.clause("S79")
def test_the_cookie_of_a_session_is_a_random_number_that_no_script_reads(settings):
    user = member(roles.STAFF, name="zephyrine")
    client, _answer = by_password("zephyrine")
    assert is_in(client)

    cookie = client.cookies["sessionid"]

    assert re.fullmatch(r"[a-z0-9]{32}", cookie.value)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    # Another sign-in has another number, and what lies behind it names the account alone.
    assert by_password("zephyrine")[0].cookies["sessionid"].value != cookie.value
    assert "zephyrine" not in str(dict(client.session))
    assert client.session["_auth_user_id"] == str(user.pk)
    settings.SESSION_COOKIE_SECURE = True
    assert by_password("zephyrine")[0].cookies["sessionid"]["secure"]
