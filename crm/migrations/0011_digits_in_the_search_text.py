"""Telephone numbers are found by the search text: the digits of those on file are written there."""

from django.db import migrations

BATCH = 1_000


def write_digits(apps, schema_editor):
    contacts = apps.get_model("crm", "Contact")
    points = apps.get_model("crm", "ContactPoint")
    phones = points.objects.filter(kind="phone").order_by("contact_id")
    pks = list(phones.values_list("contact_id", flat=True).distinct())
    for first in range(0, len(pks), BATCH):
        part = pks[first : first + BATCH]
        digits = {}
        for contact, form in phones.filter(contact_id__in=part).values_list(
            "contact_id", "normal_form"
        ):
            digits.setdefault(contact, []).append(form.lstrip("+"))
        people = list(contacts.objects.filter(pk__in=part, disposed_at__isnull=True))
        for person in people:
            person.search_text = " ".join([person.search_text, *digits[person.pk]])
        contacts.objects.bulk_update(people, ["search_text"])


class Migration(migrations.Migration):
    dependencies = [("crm", "0010_saved_views")]
    operations = [migrations.RunPython(write_digits, migrations.RunPython.noop)]
