"""Fill the office that a browser visits; `Server.tell` runs it in the environment of that office."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from config import roles
from crm import dealings
from crm.models import Contact, FollowUp, Source, Team, User
from privacy import parties
from privacy.models import LegalEntity
from tests.browser.people import PASSWORD, name_of
from tests.config.test_permissions import one_of_each
from tests.factories.privacy import NoticeFactory

# Slow by intent: once will do.
HASH = make_password(PASSWORD)
ENTITY = {
    "name": "Example Consulting Ltd",
    "address": "1 Example Road, Hong Kong",
    "country": "HK",
    "registration_number": "0000001",
}


def accounts():
    """The account of each role and the secret of its second factor; the second officer has none."""
    parties.open_office(
        entities=[LegalEntity(**ENTITY)], privacy_contact="privacy@office.example.com"
    )
    team, _made = Team.objects.get_or_create(name="Ours")
    secrets = {}
    for role in sorted(roles.ROLES):
        user = _account(name_of(role), role, team)
        device = TOTPDevice.objects.create(user=user, name="app")
        secrets[user.username] = device.key
    _account("second-officer", roles.OFFICER, team)
    return secrets


def _account(name, role, team):
    user = User(username=name, email=f"{name}@office.example.com", is_staff=True, team=team)
    user.password = HASH
    user.save()
    user.groups.add(Group.objects.get(name=role))
    return user


def rows():
    """The numbers of the rows, by model; an import may name an approved notice."""
    NoticeFactory()
    numbers = one_of_each(Team.objects.get(name="Ours"))
    # The office has a timetable of its own: nobody here is due before its visitor is done.
    Source.objects.update(obtained_on=timezone.localdate())
    FollowUp.objects.update(due_on=timezone.localdate(), done_at=None)
    dealings.refresh(Contact.objects.values_list("pk", flat=True))
    return {label: str(pk) for label, pk in numbers.items()}
