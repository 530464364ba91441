from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0029_stored_files_are_sealed'),
    ]

    operations = [
        migrations.CreateModel(
            name='JournalKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(max_length=20, unique=True)),
                ('check_value', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'journal key',
                'verbose_name_plural': 'journal keys',
            },
        ),
    ]
