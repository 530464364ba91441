"""The privacy office, as Django sees it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    """Collects every app's declarations, then registers the checks that demand them."""

    name = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        autodiscover_modules("personal_data")
        from privacy import (  # noqa: PLC0415 - apps are ready
            checks,  # noqa: F401
            dispatch,
            heard,
            holds,  # noqa: F401
            purposes,
            removals,  # noqa: F401
            third_party,  # noqa: F401
            triggers,
        )

        heard.register(dispatch.cancel_waiting)
        pre_migrate.connect(triggers.withdraw, sender=self)
        post_migrate.connect(triggers.recreate, sender=self)
        post_migrate.connect(purposes.store, sender=self)
