"""The retention app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RetentionConfig(AppConfig):
    """Tells the inventory which periods are shorter, and takes what a statute keeps."""

    name = "retention"
    verbose_name = _("Retention")

    def ready(self) -> None:
        from privacy import disposal, inventory  # noqa: PLC0415 - apps are ready
        from retention import archive, checks, rules  # noqa: F401, PLC0415

        inventory.on_effective_period(rules.periods)
        disposal.on_archive(archive.archiver)
