"""The crm app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """Registers nothing but what Django discovers."""

    name = "crm"
    verbose_name = _("Business")
