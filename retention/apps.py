"""The retention app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RetentionConfig(AppConfig):
    """Registers nothing but what Django discovers."""

    name = "retention"
    verbose_name = _("Retention")
