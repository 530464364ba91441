import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0019_accounts_and_limits_have_references'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='uuid',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='reference'),
        ),
        migrations.AlterField(
            model_name='sourcerestriction',
            name='reference',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='reference'),
        ),
    ]
