"""How the project presents itself to Django: its commands, and the operator console."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class LetheConfig(AppConfig):
    """The project itself, an app only for its commands and templates."""

    name = "config"
    label = "lethe"
    verbose_name = "Lethe"


class ConsoleConfig(AdminConfig):
    """Django's admin with Lethe's own site, so that apps register as they always do."""

    default_site = "config.console.Console"
    verbose_name = _("Console")
