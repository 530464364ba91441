"""How the project presents itself to Django: its commands, and the operator console."""

import json
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold import fields


class LetheConfig(AppConfig):
    """The project itself, an app only for its commands and templates."""

    name = "config"
    label = "lethe"
    verbose_name = "Lethe"

    def ready(self) -> None:
        from config import roles, startup  # noqa: F401, PLC0415 - apps are ready

        # Once per migration, when the last app's tables stand.
        *_others, last = apps.get_app_configs()
        post_migrate.connect(roles.reset, sender=last, dispatch_uid="config.roles")


class ConsoleConfig(AdminConfig):
    """Django's admin with Lethe's own site, so that apps register as they always do."""

    default_site = "config.console.Console"
    verbose_name = _("Console")

    def ready(self) -> None:
        super().ready()
        # Where Pygments happens to be installed, Unfold would colour JSON by style attributes,
        # which the Content-Security-Policy refuses.
        fields.prettify_json = _plain_json


def _plain_json(value: Any, encoder: type[json.JSONEncoder] | None) -> SafeString:
    text = json.dumps(value, sort_keys=True, indent=4, ensure_ascii=False, cls=encoder)
    return format_html('<pre class="json">{}</pre>', text)
