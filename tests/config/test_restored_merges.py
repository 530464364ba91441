"""After a real dump that is older than a merge, or than its undo, every "no" of either still holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.awaiting_replay import state
from config.backups import backup
from config.backups.restore import restore
from crm import merge
from crm.models import Contact, ContactPoint, Merge, MergeUndo
from privacy import consent, disposal, gate, holds, journal, ledger, purposes, replay
from privacy.enums import Channel, ConsentMethod, DisposalCause, HoldReason
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


def person(name, address):
    made = factories.ContactFactory(latin_family_name=name)
    factories.ContactPointFactory(contact=made, value=address)
    return made


def refuse(someone, *channels):
    consent.refuse([someone.pk], method=ConsentMethod.EMAIL, by=None, channels=channels)


def refused(reference):
    """The channels on which whoever bears this reference says "no" to marketing as such."""
    bearer = Contact.objects.get(uuid=reference)
    return {channel for purpose, channel, _topic in merge.noes_of(bearer) if purpose == MARKETING}


MARKETING = purposes.MARKETING


def living():
    return set(Contact.objects.living().values_list("uuid", flat=True))


def replayed():
    """Bring the database up to its ledger, and see that doing it twice changes nothing."""
    assert replay.outstanding()
    outcome = replay.replay()
    assert not replay.outstanding()
    lines, entries = list(ledger.entries()), journal.verify()
    assert not any(replay.replay().facts().values())
    assert (list(ledger.entries()), journal.verify()) == (lines, entries)
    return outcome


def test_two_who_had_become_one_are_one_again_with_the_noes_of_both(tmp_path):
    with office(tmp_path / "old"):
        kept, gone = person("Ashworth", "ida@example.com"), person("Ashwort", "i@example.com")
        # Said before the dump, each to one record alone.
        refuse(kept, Channel.SMS)
        refuse(gone, Channel.EMAIL)
        holder = factories.UserFactory()
        holds.place(
            gone,
            matter="HCA-1",
            reason=HoldReason.CLAIM,
            owner=holder,
            review_on=timezone.localdate() + timedelta(days=90),
            by=holder,
        )
        made = backup.make()
        merged = merge.merge(kept, gone, {"latin_family_name": "gone"}, by=None)
        refuse(kept, Channel.PHONE)

    with empty(tmp_path):
        restore(made.path)
        assert living() == {kept.uuid, gone.uuid}

        assert replayed().merges == 1

        assert living() == {kept.uuid}
        assert refused(kept.uuid) == {"email", "sms", "phone"}
        (again,) = Merge.objects.all()
        assert (again.reference, again.merged_at.date()) == (
            merged.reference,
            merged.merged_at.date(),
        )
        survivor = Contact.objects.get(uuid=kept.uuid)
        assert survivor.latin_family_name == "Ashwort"
        assert survivor.points.count() == 2
        assert holds.in_force([survivor.pk], on=timezone.localdate())
        assert not gate.may(survivor, purpose="newsletter", channel=Channel.EMAIL).is_yes
        # And it can still be taken back, with what was said since counting for both.
        merge.undo(again, by=None)
        assert refused(gone.uuid) >= {"email", "phone"}


def test_a_chain_of_merges_and_an_undo_come_back_in_their_order(tmp_path):
    with office(tmp_path / "old"):
        one, two, three = (person(f"P{n}", f"p{n}@example.com") for n in range(3))
        refuse(one, Channel.EMAIL)
        made = backup.make()
        merge.merge(two, one, by=None)
        mistaken = merge.merge(three, two, by=None)
        merge.undo(mistaken, by=None)
        merge.merge(two, three, by=None)

    with empty(tmp_path):
        restore(made.path)

        assert replayed().merges == 2

        assert living() == {two.uuid}
        assert refused(two.uuid) == {"email"}


def test_an_undo_that_the_dump_does_not_know_is_made_again(tmp_path):
    with office(tmp_path / "old"):
        kept, gone = person("Ashworth", "ida@example.com"), person("Quill", "q@example.com")
        merged = merge.merge(kept, gone, by=None)
        made = backup.make()
        merge.undo(merged, by=None)
        refuse(Contact.objects.get(pk=gone.pk), Channel.EMAIL)
        disposal.dispose([gone.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())

    with empty(tmp_path):
        restore(made.path)
        # The one who was erased lives on in the other's record.
        assert ContactPoint.objects.filter(contact__uuid=kept.uuid).count() == 2

        outcome = replayed()

        assert (outcome.merges, outcome.people) == (1, 1)
        assert living() == {kept.uuid}
        assert list(ContactPoint.objects.values_list("value", flat=True)) == ["ida@example.com"]
        assert not MergeUndo.objects.exists()


def test_a_no_of_one_who_is_two_again_counts_while_the_dump_has_them_as_one(tmp_path):
    with office(tmp_path / "old"):
        kept, gone = person("Ashworth", "ida@example.com"), person("Quill", "q@example.com")
        merged = merge.merge(kept, gone, by=None)
        made = backup.make()
        merge.undo(merged, by=None)
        refuse(Contact.objects.get(pk=gone.pk), Channel.EMAIL)

    with empty(tmp_path):
        restore(made.path)
        MergeUndo.objects.all().delete()

        assert replayed().refusals == 1

        assert refused(kept.uuid) == {"email"}


def test_a_no_to_one_whom_the_dump_never_had_holds_for_the_record_merged_into_them(tmp_path):
    with office(tmp_path / "old"):
        old = person("Ashworth", "ida@example.com")
        made = backup.make()
        new = person("Ashworth", "ida2@example.com")
        refuse(new, Channel.EMAIL)
        merge.merge(new, old, by=None)
        refuse(new, Channel.PHONE)

    with empty(tmp_path):
        restore(made.path)

        replayed()

        assert living() == {old.uuid}
        assert refused(old.uuid) == {"email", "phone"}


def test_the_lines_of_a_merge_hold_references_and_columns_alone(tmp_path):
    with office(tmp_path / "old"):
        kept, gone = person("Ashworth", "ida@example.com"), person("Quill", "q@example.com")
        merged = merge.merge(kept, gone, {"latin_family_name": "gone"}, by=None)
        merge.undo(merged, by=None)

        joined, parted = (e for e in ledger.entries() if e["kind"] in {"merge", "unmerge"})

    assert {k: v for k, v in joined.items() if k not in {"at", "previous", "line"}} == {
        "kind": "merge",
        "reference": str(merged.reference),
        "kept": str(kept.uuid),
        "gone": str(gone.uuid),
        "takes": ["latin_family_name"],
    }
    assert parted["reference"] == str(merged.reference)
