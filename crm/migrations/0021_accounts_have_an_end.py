from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone


def end_today(apps, schema_editor):
    """Nobody knows when an account that is inactive already ended, and its last sign-in is not
    the day: its year runs from this migration, so that nothing goes too early."""
    accounts = apps.get_model('crm', 'User').objects.using(schema_editor.connection.alias)
    accounts.filter(is_active=False).update(disabled_on=timezone.localdate())


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0020_references_are_unique'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='disabled_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='disabled on'),
        ),
        migrations.AddField(
            model_name='user',
            name='forgotten_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='artificial since'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(
                condition=Q(('is_active', False), Q(('disabled_on__isnull', True), ('forgotten_on__isnull', True)), _connector='OR'),
                name='an_active_account_has_not_ended',
            ),
        ),
        migrations.RunPython(end_today, migrations.RunPython.noop),
    ]
