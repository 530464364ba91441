"""The people's pages with the privacy office's panels: why a record is here, and its holds.

The sentence comes from `retention.why`, the acts from the privacy office; crm knows neither.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.due_list import DueList
from crm import dealings, interactions, sources, timeline
from crm.admin.contacts import ContactAdmin
from crm.forms import InteractionForm, SourceRestrictionForm
from crm.models import Client, Contact, Staff, Supplier
from privacy import consent as consent_ledger
from privacy import suppression
from privacy.admin import consent
from privacy.admin.holds import HoldForm, place
from privacy.admin.suppression import ScopeForm
from privacy.enums import Channel, SuppressionScope
from privacy.models import LegalHold
from privacy.operations import Operation
from retention import why


def suppress(contact: Contact, *, scope: str, channels: list[str], by: Any) -> None:
    """Enter all contact points of the person into the suppression file, under one case."""
    suppression.suppress_subject(
        contact.pk, scope=SuppressionScope(scope), channels=channels, by=by
    )


def record_consent(contact: Contact, *, by: Any, **said: Any) -> None:
    """Write down what the person said; a consent given starts the clock of their record anew."""
    consent.record(contact, by=by, **said)
    dealings.refresh([contact.pk])


def points_of(contact: Contact) -> list[tuple[Any, Any]]:
    """What would be entered: how many points of which type, without showing them again."""
    kinds = [point.get_kind_display() for point in contact.points.all()]
    counted = [(kind, str(kinds.count(kind))) for kind in dict.fromkeys(kinds)]
    return counted or [(_("Contact points"), _("none: nothing can be suppressed"))]


# Whoever writes down what was said may see what was said before.
SEES_CONSENT = "privacy.record_consent"


def _consent(contact: Contact) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    """Each marketing purpose with where the person stands on its channels, and since when."""
    shown = []
    for row in consent_ledger.matrix(contact):
        cells = zip(Channel, row.cells, strict=True)
        shown.append((row.purpose.title, [(c.label, cell) for c, cell in cells if cell]))
    return shown


class ContactPage(ContactAdmin):
    """One person, with what the privacy office has to say."""

    change_form_before_template = "console/contact_panels.html"
    operations = (
        Operation(
            "log",
            _("Log an interaction"),
            "crm.add_interaction",
            interactions.log,
            InteractionForm,
            explanation=_("What was said restarts the clock of this record; our own mail never."),
        ),
        Operation(
            "consent",
            _("Record a consent or refusal"),
            "privacy.record_consent",
            record_consent,
            consent.ConsentForm,
            explanation=_(
                "A “no” counts from its receipt and needs no proof. A “yes” needs its words, the"
                " version of the notice that the person had, and its evidence."
            ),
        ),
        Operation(
            "suppress",
            _("Suppress"),
            "privacy.suppress",
            suppress,
            ScopeForm,
            preview=points_of,
            explanation=_(
                "The person's contact points are entered into the suppression file as keyed"
                " digests. Points that others share only warn."
            ),
            dangerous=True,
        ),
        Operation(
            "hold",
            _("Place a hold"),
            "privacy.place_hold",
            place,
            HoldForm,
            explanation=_("While a hold is in force nothing of this person is destroyed."),
        ),
        Operation(
            "restrict",
            _("Note a restriction by the source"),
            "crm.add_sourcerestriction",
            sources.restrict,
            SourceRestrictionForm,
            explanation=_("What whoever gave us the data forbids us to do with it."),
        ),
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["why"] = why.sentence(obj.uuid, timezone.localdate())
            context["roles"] = obj.roles.all()
            context["reference"] = obj.uuid
            kind = request.GET.get("kind", "")
            context["timeline"] = timeline.of(obj, user=request.user, kind=kind)
            context["timeline_kinds"] = timeline.kinds(request.user)
            context["timeline_kind"] = kind
            context["consent"] = _consent(obj) if request.user.has_perm(SEES_CONSENT) else ()
            context["restrictions"] = obj.source.restrictions.all()
            context["holds"] = (
                LegalHold.objects.filter(subject=obj, released_at__isnull=True)
                if request.user.has_perm("privacy.view_legalhold")
                else ()
            )
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Contact)
class EverybodyPage(ContactPage):
    """Everybody, whatever they are to the firm; and beside the list, whose time ends soon."""

    def get_urls(self) -> list[URLPattern]:
        due = self.admin_site.admin_view(DueList(Contact, self.admin_site).changelist_view)
        return [path("due/", due, name="due_list"), *super().get_urls()]


@admin.register(Client)
class ClientPage(ContactPage):
    """The people who are, or may become, clients."""


@admin.register(Supplier)
class SupplierPage(ContactPage):
    """The people who supply us."""


@admin.register(Staff)
class StaffPage(ContactPage):
    """The people who work, worked or asked to work with us."""
