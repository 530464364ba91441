"""From the invented office to a real one: in one act that can be rehearsed and run again.

Only where nobody but the invented people is on file, and only with a mail server that answers,
as the first accounts are invited by mail. The invented people leave by the way on which everybody
leaves. From then on some roles need a second factor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from config import roles
from crm import invitations, sessions
from crm.models import (
    Contact,
    Engagement,
    ImportBatch,
    InvoiceReference,
    Organisation,
    Source,
    SupplierReview,
    User,
)
from privacy import disposal, holds, journal, parties, suppression
from privacy.enums import DisposalCause
from privacy.errors import OfficeRefused
from privacy.models import (
    Assessment,
    ConsentEvent,
    Delivery,
    DisclosedPerson,
    Disclosure,
    Dispatch,
    LegalEntity,
    LegalHold,
    Notice,
    NoticeGiven,
    Processor,
    Purpose,
    RoleOfFirm,
    SuppressionEntry,
    Tracker,
    Wording,
)
from privacy.points.fields import validate_address
from retention.models import ArchivedRecord, ArchiveNote

BATCH = 100
# As `.env` calls them, and as the settings do.
KEYS = {
    "DJANGO_SECRET_KEY": "SECRET_KEY",
    "PRIVACY_SUPPRESSION_KEYS": "PRIVACY_SUPPRESSION_KEYS",
    "PRIVACY_JOURNAL_KEY": "PRIVACY_JOURNAL_KEY",
    "PRIVACY_SEAL_KEYS": "PRIVACY_SEAL_KEYS",
    "RETENTION_ARCHIVE_KEYS": "RETENTION_ARCHIVE_KEYS",
    "BACKUP_KEY": "BACKUP_KEY",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What a real office begins with: itself, its privacy mailbox, and its first three people."""

    entities: tuple[dict[str, str], ...]
    privacy_contact: str
    officers: tuple[str, ...]
    system_admin: str

    @property
    def people(self) -> list[tuple[str, str]]:
        """Each first account's address and role."""
        officers = [(email.strip().lower(), roles.OFFICER) for email in self.officers]
        return [*officers, (self.system_admin.strip().lower(), roles.SYSTEM)]


def refuse_if_incomplete(wanted: Opening) -> None:
    """Raise OfficeRefused, in one sentence, where something is missing or not fit."""
    people = [email for email, _role in wanted.people]
    if len(wanted.officers) != 2 or len(set(people)) != len(people):
        raise OfficeRefused(
            _("Name two privacy officers and a system admin: three people, three addresses.")
        )
    for email in (*people, wanted.privacy_contact):
        try:
            validate_address(email)
        except ValidationError:
            raise OfficeRefused(
                _("Officers, system admin and privacy contact each need an e-mail address.")
            ) from None
    if not wanted.entities:
        raise OfficeRefused(_("Name at least one legal entity of the firm."))
    for facts in wanted.entities:
        try:
            LegalEntity(**facts).full_clean(validate_unique=False)
        except (ValidationError, TypeError):
            raise OfficeRefused(
                _(
                    "A legal entity has name, address, country (two letters) and"
                    " registration_number."
                )
            ) from None


def refuse_if_in_use() -> None:
    """Raise OfficeRefused where somebody is on file who was not invented."""
    invented = parties.invented_at()
    accounts, people = User.objects.all(), Contact.objects.living()
    if invented:
        accounts = accounts.filter(date_joined__gt=invented)
        people = people.filter(created_at__gt=invented)
    counts = accounts.count(), people.count()
    if any(counts):
        raise OfficeRefused(
            _(
                "There are %(accounts)d accounts and %(people)d people who were not invented;"
                " begin the real office on an empty database."
            )
            % {"accounts": counts[0], "people": counts[1]}
        )


def refuse_without_mail() -> None:
    """Open a real connection to the mail server; OfficeRefused says what came of it."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        raise OfficeRefused(_("No mail server is configured; set EMAIL_URL, then try again."))
    connection = get_connection()
    try:
        connection.open()
    except (OSError, ValueError) as error:
        code = getattr(error, "smtp_code", type(error).__name__)
        raise OfficeRefused(
            _("The mail server of EMAIL_URL did not let Lethe in (%s).") % code
        ) from None
    finally:
        connection.close()


def refuse_if_not_ready() -> None:
    """Raise OfficeRefused before anybody is asked to write anything down."""
    if not parties.is_open():
        refuse_if_in_use()
    refuse_without_mail()


def escrow() -> Iterator[tuple[str, str]]:
    """The keys of this database, as `.env` spells them: without them nothing is read again."""
    for name, setting in KEYS.items():
        value = getattr(settings, setting)
        yield name, ",".join(value) if isinstance(value, list) else value


def steps(wanted: Opening) -> Iterator[str]:
    """What opening the office will do, in the order in which it does it."""
    yield _("Dispose of %d invented people, with their work.") % Contact.objects.living().count()
    yield _("Disable %d invented accounts.") % User.objects.filter(is_active=True).count()
    yield _("Enter %d legal entities and the privacy contact.") % len(wanted.entities)
    yield _("Invite two privacy officers and a system admin by mail.")
    yield _("From then on, officers, HR and system admins sign in with a second factor.")


def begin(wanted: Opening, *, on: date) -> list[User]:
    """Open the office; after an interruption the same call carries on where it ended.

    On an open office it only sends the first invitations again to whoever has not used theirs.
    """
    refuse_if_incomplete(wanted)
    refuse_without_mail()
    if not parties.is_open():
        refuse_if_in_use()
        if invented := parties.invented_at():
            _remove_invented(before=invented, on=on)
        parties.open_office(
            entities=[LegalEntity(**facts) for facts in wanted.entities],
            privacy_contact=wanted.privacy_contact,
        )
    return [_first(email, role) for email, role in wanted.people if _is_missing(email)]


def _is_missing(email: str) -> bool:
    """Whether this address has no account yet, or one whose link was never used."""
    user = User.objects.filter(email=email).first()
    return user is None or (user.invited_by_id is None and not user.has_usable_password())


def _first(email: str, role: str) -> User:
    """Invite one of the first three: there is nobody yet who could give them their role."""
    user = User.objects.filter(email=email).first()
    if user is not None:
        return invitations.reset(user, by=None)
    group = Group.objects.get(name=role)
    return invitations.invite(email=email, roles=[group], by=None, first=True)


def _remove_invented(*, before: datetime, on: date) -> None:
    accounts = User.objects.filter(date_joined__lte=before)
    by = accounts.first()
    for hold in LegalHold.objects.filter(released_at__isnull=True):
        holds.release(hold, by=by)
    # No law asks for the accounts of a firm that never was.
    InvoiceReference.objects.all().delete()
    people = list(Contact.objects.living().values_list("pk", flat=True))
    for start in range(0, len(people), BATCH):
        disposal.dispose(
            people[start : start + BATCH], cause=DisposalCause.RETENTION, by=by, on=on
        )
    # Whom they wrote to, and to whom they gave what, in the name of a firm that never was.
    for told in (Delivery, Dispatch, DisclosedPerson, Disclosure):
        told.objects.all().delete()
    # What people who never were agreed to, what they were told and how their interests were
    # weighed, is evidence of nothing.
    for evidence in (ConsentEvent, NoticeGiven, Notice, Wording, Assessment):
        rows = list(evidence.objects.values_list("pk", flat=True))
        disposal.dispose_rows(evidence, rows, by=by, keep=evidence._meta.label_lower)
    noes = SuppressionEntry.objects.filter(ended_at__isnull=True)
    suppression.lift_all(set(noes.values_list("case", flat=True)), by=by)
    # Sources outlive their people, without whoever supplied them.
    Source.objects.filter(supplier__isnull=False).update(supplier=None)
    registers = (LegalEntity, Processor, Tracker, RoleOfFirm)
    for rest in (ImportBatch, SupplierReview, ArchivedRecord, ArchiveNote, *registers):
        rest.objects.all().delete()
    Purpose.objects.update(review_on=None)
    for model in (Engagement, Organisation):
        model.history.all().delete()
        model.objects.all().delete()
        model.history.all().delete()
    for user in accounts:
        _retire(user)
    journal.record("office.clear", facts={"people": len(people)})


def _retire(user: User) -> None:
    """An invented account stays as a number that evidence points at, and signs in no longer."""
    user.username, user.email, user.is_active = f"invented-{user.pk}", "", False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    sessions.end(user)
