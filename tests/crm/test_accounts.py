"""An account from its invitation to its end, through a real mail server."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import accounts, invitations, leavers, tasks
from crm.errors import AccountRefused, RoleRefused
from crm.models import User
from privacy.models import JournalEntry, WaitingTask
from tests.crm import post as mail_server
from tests.factories.crm import ContactFactory, RoleFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ADDRESS = "nora.new@office.example"
PHRASE = "heron-quartz-velvet-41"
TODAY = date(2026, 3, 2)


@pytest.fixture
def post(settings):
    with mail_server.running(settings) as handler:
        yield handler


@pytest.fixture
def system():
    user = UserFactory(email="system@office.example")
    user.groups.add(Group.objects.get(name=roles.SYSTEM))
    return user


@pytest.fixture
def officer():
    user = UserFactory(email="officer@office.example")
    user.groups.add(Group.objects.get(name=roles.OFFICER))
    return user


def staff():
    return Group.objects.get(name=roles.STAFF)


def sign_in(name, phrase=PHRASE):
    client = Client()
    client.post(reverse("admin:login"), {"username": name, "password": phrase})
    return client


def is_in(client):
    return client.get("/admin/").status_code == 200


def set_password(link, phrase=PHRASE):
    return Client().post(link, {"new_password1": phrase, "new_password2": phrase})


def test_an_invitation_leads_to_a_password_and_the_roles_come_from_a_second_person(
    client, post, system, officer
):
    client.force_login(system)
    invited = client.post(
        reverse("admin:crm_user_invite"), {"email": ADDRESS.upper(), "roles": [staff().pk]}
    )
    user = User.objects.get(username=ADDRESS)
    assert invited["Location"] == reverse("admin:crm_user_change", args=[user.pk])
    assert post.taken[-1][0] == [ADDRESS]
    link = post.link()
    assert ADDRESS not in link

    shown = Client().get(link)
    user.refresh_from_db()
    assert shown.status_code == 200
    assert not user.has_usable_password()

    assert set_password(link).status_code == 200
    signed_in = sign_in(ADDRESS)
    assert is_in(signed_in)
    assert not user.get_all_permissions()
    with pytest.raises(RoleRefused):
        accounts.give_roles(user, roles=[staff()], by=system)

    client.force_login(officer)
    page = client.get(reverse("admin:crm_user_roles", args=[user.pk]))
    assert page.context["preview"] == [("Roles asked for", roles.STAFF)]
    client.post(reverse("admin:crm_user_roles", args=[user.pk]), {"roles": [staff().pk]})
    assert list(user.groups.all()) == [staff()]
    assert not user.proposed_roles.exists()
    facts = JournalEntry.objects.get(verb="user.invite").facts
    assert facts == {"roles": [staff().pk]}


def test_a_link_works_once_for_a_day_and_until_a_newer_one(post, system, settings):
    user = invitations.invite(email=ADDRESS, roles=[], by=system)
    older = post.link()
    invitations.reset(user, by=system)
    newer = post.link()

    assert Client().get(older).status_code == 410
    assert set_password(older).status_code == 410
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert set_password(newer).status_code == 410
    settings.PASSWORD_RESET_TIMEOUT = 24 * 3600
    assert set_password(newer).status_code == 200
    assert set_password(newer).status_code == 410
    assert Client().get("/account/password/zz/broken/").status_code == 410
    assert Client().get("/account/password/-/broken/").status_code == 410


@pytest.mark.parametrize(
    "phrase", ["short-one", "qwerty123456", "123456789012345", "nora.new@office"]
)
def test_a_weak_password_is_refused(post, system, phrase):
    user = invitations.invite(email=ADDRESS, roles=[], by=system)

    answer = set_password(post.link(), phrase)

    user.refresh_from_db()
    assert answer.context["form"].errors
    assert not user.has_usable_password()


def test_an_address_has_one_account(post, system, officer):
    with pytest.raises(AccountRefused, match="has an account already"):
        invitations.invite(email="Officer@OFFICE.example", roles=[], by=system)
    assert post.taken == []


def test_a_mail_server_that_refuses_is_told_and_the_link_can_be_sent_again(post, system):
    post.refuses = True
    with pytest.raises(AccountRefused, match="send it again"):
        invitations.invite(email=ADDRESS, roles=[], by=system)
    post.refuses = False

    invitations.reset(User.objects.get(email=ADDRESS), by=system)

    assert "You were invited" in post.taken[-1][1].get_content()


def test_a_reset_voids_the_password_and_ends_the_sessions(post, system):
    user = UserFactory(username="amara", email=ADDRESS)
    user.set_password(PHRASE)
    user.save()
    signed_in = sign_in("amara")
    assert is_in(signed_in)

    invitations.reset(user, by=system)

    assert not is_in(signed_in)
    assert not is_in(sign_in("amara"))
    assert set_password(post.link(), "umber-thistle-saffron-3").status_code == 200
    assert is_in(sign_in("amara", "umber-thistle-saffron-3"))


def known_and_unknown():
    user = UserFactory(email=ADDRESS)
    user.set_password(PHRASE)
    user.save()
    UserFactory(email="gone@office.example", is_active=False)
    asked = reverse("admin_password_reset")
    answers = [
        Client().post(asked, {"email": email})
        for email in (ADDRESS.title(), "nobody@office.example", "gone@office.example")
    ]
    queued = [waits.arguments[0] for waits in WaitingTask.objects.order_by("pk")]
    return user, queued, answers


def test_forgotten_answers_the_same_for_every_address():
    user, queued, answers = known_and_unknown()

    assert queued == [user.pk, 0, 0]
    assert len({(a.status_code, a.content, str(sorted(a.items()))) for a in answers}) == 1
    assert [list(answer.cookies) for answer in answers] == [[], [], []]


def test_forgotten_mails_a_link_and_the_old_password_stays_good_until_then(post):
    user, queued, _answers = known_and_unknown()

    assert invitations.send_forgotten(queued[0])
    assert not invitations.send_forgotten(queued[0])
    assert not invitations.send_forgotten(0)

    assert len(post.taken) == 1
    other = sign_in(user.username)
    assert is_in(other)
    # Signing in has voided the link: it was not needed.
    assert Client().get(post.link()).status_code == 410
    User.objects.update(link_sent_at=timezone.now() - timedelta(minutes=11))
    assert invitations.send_forgotten(user.pk)
    assert set_password(post.link(), "umber-thistle-saffron-3").status_code == 200
    assert not is_in(other)


def test_a_disabled_account_is_out_at_once_and_in_again_when_enabled(system):
    user = UserFactory(username="amara")
    user.set_password(PHRASE)
    user.save()
    signed_in, stranger = sign_in("amara"), Client()
    stranger.force_login(system)

    accounts.disable(user, by=system)

    assert not is_in(signed_in)
    assert not is_in(sign_in("amara"))
    assert is_in(stranger)
    assert Session.objects.count() == 1
    assert JournalEntry.objects.get(verb="user.disable").facts == {"sessions": 1}
    accounts.enable(user, by=system)
    assert is_in(sign_in("amara"))


def test_nobody_disables_or_readdresses_themselves(system):
    for act in (
        lambda: accounts.disable(system, by=system),
        lambda: accounts.set_address(system, email="x@example.com", by=system),
    ):
        with pytest.raises(AccountRefused, match="second person"):
            act()


def test_a_superuser_is_left_alone(system):
    root = UserFactory(is_superuser=True, email="root@example.com")
    for act in (
        lambda: accounts.disable(root, by=system),
        lambda: accounts.set_address(root, email="x@example.com", by=system),
        lambda: invitations.reset(root, by=system),
    ):
        with pytest.raises(AccountRefused, match="superuser"):
            act()


def test_whoever_runs_the_machine_cannot_send_an_officers_link_elsewhere(client, system, officer):
    client.force_login(system)

    asked = client.post(
        reverse("admin:crm_user_address", args=[officer.pk]), {"email": "mine@example.com"}
    )
    client.post(
        reverse("admin:crm_user_change", args=[officer.pk]),
        {"username": officer.username, "email": "mine@example.com", "is_staff": "on"},
    )

    officer.refresh_from_db()
    assert asked.status_code == 403
    assert officer.email == "officer@office.example"


def test_a_new_address_voids_the_links_to_the_old_one(post, system, officer):
    user = invitations.invite(email=ADDRESS, roles=[], by=system)
    link = post.link()

    accounts.set_address(user, email="other@office.example", by=officer)

    assert Client().get(link).status_code == 410
    assert User.objects.get(pk=user.pk).username == "other@office.example"


def test_five_failures_lock_an_account_until_it_is_unlocked(system):
    user = UserFactory(username="amara")
    user.set_password(PHRASE)
    user.save()
    for _n in range(4):
        sign_in("amara", "wrong")
    locked = Client().post(reverse("admin:login"), {"username": "amara", "password": "wrong"})
    assert locked.status_code == 429
    assert "Wait an hour" in locked.content.decode()
    assert not is_in(sign_in("amara"))

    accounts.unlock(user, by=system)

    assert is_in(sign_in("amara"))
    assert JournalEntry.objects.get(verb="user.unlock").facts == {"attempts": 1}


@pytest.mark.parametrize(("days", "left"), [(-1, 0), (0, 0), (1, 1)])
def test_an_account_ends_the_day_after_the_last_day_at_work(days, left):
    contact = ContactFactory()
    user = UserFactory(username="amara", contact=contact)
    user.set_password(PHRASE)
    user.save()
    RoleFactory(contact=contact, kind="employee", ended_on=TODAY)
    RoleFactory(contact=contact, kind="client")
    UserFactory(contact=None)
    signed_in = sign_in("amara")

    assert leavers.disable(on=TODAY + timedelta(days=days)) == left

    assert is_in(signed_in) is not bool(left)


def test_whoever_works_on_in_another_role_stays_and_clients_never_were_staff():
    still, client_only = ContactFactory(), ContactFactory()
    UserFactory(contact=still)
    UserFactory(contact=client_only)
    RoleFactory(contact=still, kind="employee", ended_on=TODAY)
    RoleFactory(contact=still, kind="consultant")
    RoleFactory(contact=client_only, kind="client", ended_on=TODAY)

    assert not leavers.gone(on=TODAY + timedelta(days=400))


def test_the_night_disables_leavers():
    contact = ContactFactory()
    user = UserFactory(contact=contact)
    RoleFactory(contact=contact, kind="temporary", ended_on=date(2020, 1, 1))

    tasks.disable_leavers()

    user.refresh_from_db()
    assert not user.is_active


def test_nobody_sets_a_colleagues_password_by_hand(client, post, system):
    user = invitations.invite(email=ADDRESS, roles=[], by=system)
    client.force_login(system)
    page = reverse("admin:auth_user_password_change", args=[user.pk])

    answer = client.post(page, {"password1": PHRASE, "password2": PHRASE})

    user.refresh_from_db()
    assert answer.status_code == 403
    assert not user.has_usable_password()
