"""A batch on its way, as its pages and its worker take it."""

from datetime import date

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from config import roles
from config.tasks import OFFICE
from crm.enums import RoleKind, SourceType
from crm.imports import intake, steps, work
from crm.models import ImportBatch
from privacy.enums import Basis
from privacy.models import Notice
from tests.factories.crm import UserFactory
from tests.factories.privacy import NoticeFactory

HEADER = "First Name,Last Name,E-mail,Phone,Company,Birthday,Country\n"
FACTS = {
    "source_type": SourceType.CARD,
    "source_detail": "fair",
    "obtained_on": date(2024, 3, 1),
    "role": RoleKind.PROSPECT,
    "basis": Basis.LEGITIMATE_INTERESTS,
    "notice": "policy 1",
}


def member(role=roles.OFFICER):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return type(user).objects.get(pk=user.pk)


def people(count, *, start=0, domain="example.com"):
    rows = (f"Ann{n},Bee{n},ann{n}@{domain},,,,\n" for n in range(start, start + count))
    return HEADER + "".join(rows)


def notice():
    """The version of the notice that every import here names."""
    name, version = FACTS["notice"].split()
    if not Notice.objects.filter(name=name, version=version).exists():
        NoticeFactory(name=name, version=version)


def uploaded(content, *, by, **facts):
    notice()
    content = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("people.csv", content)
    return intake.upload(by=by, file=file, **{**FACTS, **facts})


def worked(batch):
    """What a worker makes of it."""
    work.do(str(batch.uuid), office=OFFICE)
    return ImportBatch.objects.get(pk=batch.pk)


def checked(content, *, by, **facts):
    batch = uploaded(content, by=by, **facts)
    steps.check(batch, by=by)
    return worked(batch)


def imported(content, *, by, **facts):
    batch = checked(content, by=by, **facts)
    steps.confirm(batch, by=by, typed=steps.going_in(batch))
    return worked(batch)


def undone(batch, *, by):
    steps.undo(batch, by=by)
    return worked(batch)
