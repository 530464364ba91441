"""Every page on which a whole record is written says what somebody else wrote meanwhile."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from config import roles
from privacy.editing import EditedTogether
from privacy.models import Processor, Tracker
from privacy.operations import ViewOnlyAdmin
from tests.config.test_permissions import member
from tests.factories.privacy import ProcessorFactory, TrackerFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

# Own groups have names alone; nobody writes a whole record there.
WITHOUT = {"auth.Group"}


def test_every_page_that_writes_a_whole_record_is_one_of_them():
    site = admin.site
    lacking = {
        model._meta.label
        for model, page in site._registry.items()
        if not isinstance(page, ViewOnlyAdmin | EditedTogether)
    }

    assert lacking <= WITHOUT


@pytest.mark.parametrize(
    ("make", "model", "field"),
    [(TrackerFactory, Tracker, "party"), (ProcessorFactory, Processor, "service")],
)
def test_the_later_of_two_saves_stores_nothing_and_says_what_the_earlier_changed(
    make, model, field
):
    row = make()
    client = Client()
    client.force_login(member(roles.OFFICER))
    url = reverse(f"admin:privacy_{model._meta.model_name}_change", args=[row.pk])
    page = client.get(url).content.decode()
    stamp = re.search(r'name="read_as" value="([^"]+)"', page)[1]
    form = client.get(url).context["adminform"].form
    sent = {name: form.get_initial_for_field(f, name) for name, f in form.fields.items()}
    sent = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in sent.items()
        if value not in (None, False)
    }
    model.objects.filter(pk=row.pk).update(**{field: "Changed elsewhere"})

    answer = client.post(url, {**sent, field: "Changed here", "read_as": stamp})

    assert answer.status_code == 200
    assert "Changed elsewhere" in answer.content.decode()
    row.refresh_from_db()
    assert getattr(row, field) == "Changed elsewhere"
