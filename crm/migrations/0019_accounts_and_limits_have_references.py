import uuid

from django.db import migrations, models


def refer(apps, schema_editor):
    for label, name in (("User", "uuid"), ("SourceRestriction", "reference")):
        model = apps.get_model("crm", label)
        rows = []
        for row in model._base_manager.filter(**{f"{name}__isnull": True}).iterator():
            setattr(row, name, uuid.uuid4())
            rows.append(row)
        model._base_manager.bulk_update(rows, [name], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0018_mailboxes_that_are_full'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='uuid',
            field=models.UUIDField(editable=False, null=True, verbose_name='reference'),
        ),
        migrations.AddField(
            model_name='sourcerestriction',
            name='reference',
            field=models.UUIDField(editable=False, null=True, verbose_name='reference'),
        ),
        migrations.RunPython(refer, migrations.RunPython.noop, elidable=True),
    ]
