from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0021_accounts_have_an_end'),
    ]

    operations = [
        migrations.AddField(
            model_name='importbatch',
            name='despite_doubts',
            field=models.BooleanField(default=False, verbose_name='goes on despite doubts'),
        ),
    ]
