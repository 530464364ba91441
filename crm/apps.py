"""The crm app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """Tells the privacy office how the business finds, enters and describes people."""

    name = "crm"
    verbose_name = _("Business")

    def ready(self) -> None:
        from crm import accounts, accuracy, adapter, sources, supplier_reviews  # noqa: PLC0415 - ready
        from crm.exports import holders  # noqa: PLC0415
        from crm.merge import restored  # noqa: PLC0415
        from privacy import heard, protections, subjects  # noqa: PLC0415

        heard.register(holders.hear)
        for module in (sources, supplier_reviews, accounts, restored):
            protections.register(module.PROTECTION)

        subjects.register(
            subjects.Adapter(
                search=adapter.search,
                sharing=adapter.sharing,
                create=adapter.create,
                answered=accuracy.answered,
                alive=accuracy.alive,
                bounced=accuracy.bounced,
                found_full=accuracy.found_full,
                called=adapter.called,
                count_minors=adapter.count_minors,
                recipients=adapter.recipients,
                correct=adapter.correct,
                facts=adapter.facts,
                in_scope=adapter.in_scope,
                merged_into=adapter.merged_into,
                records_of=adapter.records_of,
                untold=adapter.untold,
                kept_of=restored.kept_of,
            )
        )
