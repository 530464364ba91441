"""A person the firm knows, once, whatever they are to it (DESIGN 1)."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.enums import CLIENT_KINDS, STAFF_KINDS, Gender, RetentionClass, RoleKind
from privacy import restriction

HAN = range(0x3400, 0xA000)


class ContactQuerySet(models.QuerySet):
    """Named filters; `objects` itself hides nobody (DESIGN 14)."""

    def living(self) -> "ContactQuerySet":
        return self.filter(disposed_at__isnull=True)

    def usable(self) -> "ContactQuerySet":
        """The people whom staff may work with: neither gone nor restricted (DESIGN 14)."""
        return self.living().exclude(restriction.of_row())

    def with_role(self, kinds: tuple[RoleKind, ...]) -> "ContactQuerySet":
        roles = self.model._meta.get_field("roles").related_model
        return self.filter(
            models.Exists(roles.objects.filter(contact=models.OuterRef("pk"), kind__in=kinds))
        )


class Contact(models.Model):
    """One person: native and Latin names, none mandatory alone. After disposal a tombstone."""

    # Immutable: the ledger and the journal know the person by it, also after a restore.
    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    native_family_name = models.CharField(_("family name"), max_length=150, blank=True)
    native_given_name = models.CharField(_("given name"), max_length=150, blank=True)
    latin_family_name = models.CharField(
        _("family name in Latin script"), max_length=150, blank=True
    )
    latin_given_name = models.CharField(
        _("given name in Latin script"), max_length=150, blank=True
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True
    )
    # ISO 3166-1 alpha-2; gives the regimes of the person.
    residence_country = models.CharField(_("country of residence"), max_length=2, blank=True)
    source = models.OneToOneField(
        "crm.Source", verbose_name=_("source"), on_delete=models.PROTECT, related_name="contact"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    team = models.ForeignKey(
        "crm.Team",
        verbose_name=_("team"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
    )
    # Derived by `crm.dealings`, stored so that the sweep selects on an index: the last qualifying
    # event, null while work, an engagement or an account is open.
    retention_class = models.CharField(
        _("retention class"),
        max_length=20,
        choices=RetentionClass,
        default=RetentionClass.LEAD,
        editable=False,
    )
    anchor_on = models.DateField(_("last qualifying event"), null=True, editable=False)
    # Folded names, points and organisation: what the search box reads.
    search_text = models.TextField(blank=True, editable=False)
    # Folded name without spaces, native first: prefix search for one or two Han characters.
    name_key = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)
    disposed_at = models.DateTimeField(_("disposed of at"), null=True, editable=False)

    objects = ContactQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_text", "name_key"])

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(disposed_at__isnull=False)
                | ~Q(
                    native_family_name="",
                    native_given_name="",
                    latin_family_name="",
                    latin_given_name="",
                ),
                name="a_living_contact_has_a_name",
            ),
        ]
        indexes = [
            models.Index(
                fields=["retention_class", "anchor_on"],
                condition=Q(disposed_at__isnull=True),
                name="living_contacts_by_anchor",
            ),
            models.Index(fields=["name_key"], name="contacts_by_name_key"),
            # A trigram index on PostgreSQL; SQLite makes a plain one of it and scans.
            GinIndex(
                fields=["search_text"], opclasses=["gin_trgm_ops"], name="contacts_by_search_text"
            ),
        ]
        permissions = [
            ("import_contact", _("Can import contacts")),
            ("export_contact", _("Can export contacts")),
            ("merge_contact", _("Can merge contacts")),
            ("introduce_contact", _("Can introduce contacts to clients and partners")),
            ("view_all_contacts", _("Can see contacts of every team")),
        ]

    def __str__(self) -> str:
        return self.display_name or str(self.uuid)

    @property
    def native_name(self) -> str:
        """Han names: family name first, no space."""
        if any(ord(c) in HAN for c in self.native_family_name + self.native_given_name):
            return self.native_family_name + self.native_given_name
        return f"{self.native_given_name} {self.native_family_name}".strip()

    @property
    def latin_name(self) -> str:
        return f"{self.latin_given_name} {self.latin_family_name}".strip()

    @property
    def display_name(self) -> str:
        return " ".join(filter(None, (self.native_name, self.latin_name)))


class RoleProxyManager(models.Manager):
    """People who have, or had, a role of these kinds."""

    def __init__(self, kinds: tuple[RoleKind, ...] = ()) -> None:
        super().__init__()
        self.kinds = kinds

    def get_queryset(self) -> ContactQuerySet:
        return ContactQuerySet(self.model, using=self._db).with_role(self.kinds)

    def deconstruct(self) -> Any:
        return (False, "django.db.models.Manager", None, (), {})


class Client(Contact):
    """The people who are, or may become, clients."""

    objects = RoleProxyManager(CLIENT_KINDS)

    class Meta:
        proxy = True
        verbose_name = _("client")
        verbose_name_plural = _("clients")


class Supplier(Contact):
    """The people who supply us."""

    objects = RoleProxyManager((RoleKind.SUPPLIER,))

    class Meta:
        proxy = True
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")


class Staff(Contact):
    """The people who work, worked or asked to work with us."""

    objects = RoleProxyManager(STAFF_KINDS)

    class Meta:
        proxy = True
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")


class PostalAddress(models.Model):
    """Where letters reach a person."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    lines = models.TextField(_("lines"), blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("postal address")
        verbose_name_plural = _("postal addresses")

    def __str__(self) -> str:
        return f"address {self.pk}"


class Demographics(models.Model):
    """Demographic data, apart from the rest and under a permission of its own (S15)."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="demographics")
    gender = models.CharField(_("gender"), max_length=10, choices=Gender, blank=True)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    date_of_birth_declined = models.BooleanField(_("declined to give it"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("demographic data")
        verbose_name_plural = _("demographic data")
        constraints = [
            models.CheckConstraint(
                condition=Q(date_of_birth__isnull=True) | Q(date_of_birth_declined=False),
                name="a_declined_birth_date_is_not_stored",
            ),
        ]

    def __str__(self) -> str:
        return f"demographics {self.pk}"


class UnderAgeRefusal(models.Model):
    """How many entries were refused because the person was under sixteen; nothing else (S113)."""

    on = models.DateField(_("day"))
    entry_point = models.CharField(_("entry point"), max_length=20)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("refusal of a minor")
        verbose_name_plural = _("refusals of minors")
        constraints = [
            models.UniqueConstraint(fields=["on", "entry_point"], name="one_counter_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.entry_point}"


# The history's page asks the model whose page it is; a proxy's history is that of its people.
for proxy in (Client, Supplier, Staff):
    proxy._meta.simple_history_manager_attribute = "history"
