"""Backup, then whatever protects a person or forbids a use, then a restore: in force all the same.

A real dump file on both databases, of an office that has learned of a hold, a restriction, a “no”,
a merge or a disposal since; also where the disk of the ledger was full for a while in between.
"""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from config.awaiting_replay import state
from config.backups import backup
from config.backups.restore import restore
from crm import accounts, dealings, merge, sources, supplier_reviews
from crm.enums import RestrictionKind, ReviewOutcome
from crm.models import Merge, SourceRestriction, SupplierReview
from privacy import (
    consent,
    disposal,
    holds,
    ledger,
    purposes,
    removals,
    replay,
    restriction,
    suppression,
)
from privacy.enums import (
    Channel,
    ConsentMethod,
    DisposalCause,
    HoldReason,
    HoldScope,
    RestrictionGround,
    SuppressionScope,
)
from privacy.errors import LedgerUnreadable
from privacy.inventory import registry
from privacy.models import LegalHold, Purpose, WaitingLine
from privacy.points import Point
from tests.config.test_backups import empty, office
from tests.factories import crm as factories

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.BACKUP_FOLDER = tmp_path / "backups"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploads"
    for folder in (settings.BACKUP_FOLDER, settings.FILE_UPLOAD_TEMP_DIR):
        folder.mkdir(mode=0o700)
    yield
    state.behind = False


class Office:
    """Somebody, a colleague, a firm and a second record of the same person."""

    def __init__(self, number=0):
        self.officer = factories.UserFactory()
        self.leaver = factories.UserFactory()
        self.email = Point("email", f"amara{number}@example.com")
        self.amara = factories.ContactPointFactory(value=self.email.value).contact
        self.again = factories.ContactFactory()
        self.gone = factories.ContactFactory()
        self.firm = factories.OrganisationFactory()
        self.role = factories.RoleFactory(
            contact=self.amara, kind="prospect", organisation=self.firm
        )
        self.old = hold(self, self.again)

    def now(self, name):
        """The row as it is in the database that is open."""
        row = getattr(self, name)
        return type(row)._base_manager.get(pk=row.pk)

    def held(self):
        return bool(holds.in_force([self.amara.pk], on=timezone.localdate()).get(self.amara.pk))


def hold(office, person=None, **facts):
    return holds.place(
        person,
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=office.officer,
        review_on=timezone.localdate() + timedelta(days=90),
        by=office.officer,
        **facts,
    )


def wide(office):
    hold(office, scope=HoldScope.ORGANISATION, scope_reference=office.firm.uuid)
    # An ordinary edit, after the hold and before the restore.
    office.role.delete()
    dealings.refresh([office.amara.pk])


def restrict(office):
    return restriction.place(
        office.amara,
        ground=RestrictionGround.ACCURACY,
        received_on=timezone.localdate(),
        by=office.officer,
    )


def review(office):
    supplier_reviews.review(
        office.firm,
        gdpr=ReviewOutcome.FAILED,
        pdpo=ReviewOutcome.PASSED,
        evidence="file 7",
        reviewed_on=timezone.localdate(),
        next_due_on=timezone.localdate() + timedelta(days=30),
        by=office.officer,
    )


def no(office):
    consent.object_to(office.amara, method=ConsentMethod.EMAIL, by=None)


def said_no(office):
    on = timezone.localdate()
    return consent.state([office.amara.pk], "newsletter", Channel.EMAIL, on=on)[
        office.amara.pk
    ].is_no and suppression.marketing_refused([office.email], Channel.EMAIL) == [True]


# What is done after the dump, and what must be so after restore and replay.
PLACED = {
    "hold": (lambda o: hold(o, o.amara), Office.held),
    "hold on an organisation": (wide, Office.held),
    "restriction": (
        restrict,
        lambda o: bool(restriction.restricted([o.amara.pk])),
    ),
    "suppression": (
        lambda o: suppression.suppress_subject(
            o.amara.pk, scope=SuppressionScope.NO_REENTRY, channels=(), by=o.officer
        ),
        lambda o: suppression.refused([o.email]) == [True],
    ),
    "objection": (no, said_no),
    "limit of the source": (
        lambda o: sources.restrict(
            o.amara, kind=RestrictionKind.CHANNEL, allows="email", by=o.officer
        ),
        lambda o: SourceRestriction.objects.filter(source__contact=o.amara.pk).count() == 1,
    ),
    "purpose switched off": (
        lambda o: purposes.switch_off(Purpose.objects.get(key="newsletter"), by=o.officer),
        lambda o: Purpose.objects.get(key="newsletter").off_since == timezone.localdate(),
    ),
    "failed review": (
        review,
        lambda o: SupplierReview.objects.filter(
            organisation=o.firm.pk, gdpr=ReviewOutcome.FAILED
        ).exists(),
    ),
    "account disabled": (
        lambda o: accounts.disable(o.leaver, by=o.officer),
        lambda o: not o.now("leaver").is_active,
    ),
    "removal that waits": (
        lambda o: removals.propose(o.amara, by=o.officer),
        lambda o: removals.waiting([o.amara.pk]) == {o.amara.pk},
    ),
    "merge": (
        lambda o: (holds.release(o.old, by=o.officer), merge.merge(o.amara, o.again, by=None)),
        lambda o: Merge.objects.filter(gone=o.again.pk).exists(),
    ),
    "disposal": (
        lambda o: disposal.dispose(
            [o.gone.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate()
        ),
        lambda o: o.now("gone").disposed_at is not None,
    ),
    "release": (
        lambda o: holds.release(o.old, by=o.officer),
        lambda o: LegalHold.objects.get(reference=o.old.reference).released_at is not None,
    ),
}


@pytest.mark.clause("S45", "S58", "S111")
@pytest.mark.parametrize("disk", ["in order", "full for a minute"])
def test_whatever_protects_is_in_force_again_after_a_restore(tmp_path, settings, disk):
    path = settings.PRIVACY_LEDGER_FILE
    with office(tmp_path / "old"):
        offices = {name: Office(number) for number, name in enumerate(PLACED)}
        made = backup.make()
        if disk != "in order":
            # No byte can be written there; whoever says it is answered as ever.
            settings.PRIVACY_LEDGER_FILE = Path("/dev/full")
        for name, (place, is_so) in PLACED.items():
            if name == "disposal" and disk != "in order":
                with pytest.raises(LedgerUnreadable):
                    place(offices[name])
                continue
            place(offices[name])
            assert is_so(offices[name]), name
        assert WaitingLine.objects.exists() is (disk != "in order")
        settings.PRIVACY_LEDGER_FILE = path
        if disk != "in order":
            assert ledger.write_waiting(at=timezone.now() + timedelta(minutes=1))
            PLACED["disposal"][0](offices["disposal"])
        assert not WaitingLine.objects.exists()

    with empty(tmp_path):
        restore(made.path)
        assert [name for name, (_place, is_so) in PLACED.items() if is_so(offices[name])] == []
        assert all(
            number for name, number in asdict(replay.outstanding()).items() if name != "lifts"
        )

        outcome = replay.replay()

        lacking = [n for n, (_place, is_so) in PLACED.items() if not is_so(offices[n])]
        assert lacking == []
        assert outcome.people == 1
        assert not replay.outstanding()
        assert not any(replay.replay().facts().values())


def test_each_kind_of_line_that_a_holding_names_is_tried_here():
    tried = {
        *("hold", "hold.cover", "hold.release", "restriction", "restriction.lift"),
        *("suppression", "objection", "limit", "purpose.off", "review.failed"),
        *("account.off", "removal", "merge", "intend", "done"),
    }
    named = {kind for holding in registry.holdings.values() for kind in holding.protects or ()}

    # The ends that make something permitted again, and the other words for a “no”.
    assert named - tried == {
        *("lift", "refusal", "withdrawal", "purpose.on", "account.on"),
        *("removal.withdraw", "unmerge", "void"),
    }
