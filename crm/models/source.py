"""Where a contact came from, and what the source forbids (S29, S30, S35; Art. 14(2)(f))."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.enums import RestrictionKind, SourceType


class Source(models.Model):
    """Mandatory, one for each contact: type, detail, day, and who obtained it."""

    type = models.CharField(_("type"), max_length=15, choices=SourceType)
    detail = models.CharField(_("detail or address"), max_length=300, blank=True)
    recommender = models.CharField(_("recommended by"), max_length=150, blank=True)
    obtained_on = models.DateField(_("obtained on"))
    obtained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("obtained by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Who supplied a broker's or partner's data, and is reviewed for it (S36).
    supplier = models.ForeignKey(
        "crm.Organisation",
        verbose_name=_("supplier"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Of the import that brought the person, with its basis and notice; no key: it may go first.
    import_reference = models.UUIDField(_("import"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.get_type_display()


class SourceRestriction(models.Model):
    """One thing the source forbids, until a day or for good."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="restrictions")
    kind = models.CharField(_("type"), max_length=12, choices=RestrictionKind)
    # A slug of the purpose, channel or region that remains allowed; blank for "no disclosure".
    allows = models.SlugField(_("allows only"), max_length=40, blank=True)
    expires_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("restriction by the source")
        verbose_name_plural = _("restrictions by the source")

    def __str__(self) -> str:
        return self.get_kind_display()
