"""The invented crowd is what the tests of scale take it for."""

from datetime import date, timedelta

import pytest
from django.db import connection

from crm import dealings
from crm.enums import RetentionClass
from crm.models import Contact, ContactPoint, Source, User
from privacy.models import LegalHold
from privacy.points import Point, normal_form
from retention import plan
from tests.retention import crowd

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TODAY = date(2026, 1, 1)
SIZE = 600


@pytest.fixture
def people():
    return crowd.build(SIZE, on=TODAY, by=User.objects.create(username="dpo"))


def test_every_class_is_there_and_about_one_in_seven_is_due(people):
    due = [pk for item in plan.make(TODAY).items if item.rule.takes_people for pk in item.rows]

    living = Contact.objects.filter(pk__in=people)
    assert living.count() == SIZE
    assert set(living.values_list("retention_class", flat=True)) == set(RetentionClass.values)
    assert living.filter(anchor_on=None).exists()
    assert 0.10 < len(due) / SIZE < 0.20
    assert LegalHold.objects.exists()
    connection.check_constraints()


def test_the_same_seed_gives_the_same_people_and_another_gives_others(people):
    def story(people):
        ordered = Contact.objects.filter(pk__in=people).order_by("pk")
        return list(ordered.values_list("latin_family_name", "retention_class", "anchor_on"))

    first = story(people)
    by = User.objects.get()
    assert story(crowd.build(SIZE, on=TODAY, by=by)) == first
    assert story(crowd.build(SIZE, on=TODAY, by=by, seed=2)) != first


def test_points_have_their_normal_form_and_names_both_scripts(people):
    for point in ContactPoint.objects.all()[:20]:
        assert point.normal_form == normal_form(Point(point.kind, point.value))
    assert Contact.objects.filter(native_family_name="歐陽").exists()
    assert Contact.objects.filter(native_family_name="", latin_given_name="Łukasz").exists()


def test_rows_added_later_are_numbered_after_the_crowd(people):
    source = Source.objects.create(type="person", obtained_on=TODAY - timedelta(days=1))
    later = Contact.objects.create(source=source, latin_family_name="Later")

    assert later.pk == people.stop
    assert dealings.refresh([later.pk]) == 1
