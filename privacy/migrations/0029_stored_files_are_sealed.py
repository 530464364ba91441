from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0028_what_protects_survives'),
    ]

    operations = [
        migrations.CreateModel(
            name='SealKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(max_length=20, unique=True)),
                ('check_value', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'seal key',
                'verbose_name_plural': 'seal keys',
            },
        ),
        migrations.AlterField(
            model_name='finding',
            name='cause',
            field=models.CharField(choices=[('residue', 'residue of a disposed person'), ('broken', 'evidence that is not what Lethe wrote'), ('smuggled', 'suppressed, and on file all the same'), ('unopened', 'a stored file that does not open, and may hold anything')], default='residue', max_length=10, verbose_name='cause'),
        ),
    ]
