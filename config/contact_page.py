"""The people's pages with the privacy office's panels: why a record is here, and its holds.

The sentence comes from `retention.why`, the acts from the privacy office; crm knows neither.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from config.due_list import DueList
from config.untold_list import LettersList, UntoldList
from crm import accuracy, dealings, follow_ups, interactions, introductions, sources, timeline
from crm.admin import disclosing, merging
from crm.admin.contacts import ContactAdmin
from crm.disclosure_forms import CheckForm, DisclosureForm, IntroductionForm
from crm.errors import EntryRefused
from crm.exports import steps as exports
from crm.forms import UNDER_AGE, FollowUpForm, InteractionForm, SourceRestrictionForm
from crm.models import Client, Contact, DuplicatePair, FollowUp, Staff, Supplier
from privacy import consent as consent_ledger
from privacy import disclosures, informing, masking, parties, restriction, suppression
from privacy.admin import consent, objections, removals
from privacy.admin.holds import HoldForm, place
from privacy.admin.notices import ToldForm, note_told
from privacy.admin.restrictions import RestrictionForm
from privacy.admin.restrictions import place as restrict
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


def log(contact: Contact, *, follow_up_on: Any, by: Any, **said: Any) -> None:
    """Log what was said; whoever plans what is to do next must be allowed to."""
    if follow_up_on and not by.has_perm("crm.add_followup"):
        raise EntryRefused(_("Your role plans no follow-ups; leave the day empty."))
    interactions.log(contact, follow_up_on=follow_up_on, by=by, **said)


def points_of(contact: Contact) -> list[tuple[Any, Any]]:
    """What would be entered: how many points of which type, without showing them again."""
    kinds = [point.get_kind_display() for point in contact.points.all()]
    counted = [(kind, str(kinds.count(kind))) for kind in dict.fromkeys(kinds)]
    return counted or [(_("Contact points"), _("none: nothing can be suppressed"))]


def last_check(contact: Contact) -> list[tuple[Any, Any]]:
    """When the details were checked last, how, by whom and with what result."""
    check = accuracy.last(contact)
    if check is None:
        return [(_("Details checked"), _("never"))]
    by = check.checked_by.get_username() if check.checked_by else _("the person")
    result = _("right") if check.is_right else _("not right")
    day = date_format(timezone.localdate(check.checked_at))
    return [(_("Details checked"), f"{day}: {result}, {check.get_way_display()}, {by}")]


# The newest files of a person; the others are in the list of documents.
DOCUMENTS = 20
# Whoever writes down what was said may see what was said before.
SEES_CONSENT = "privacy.record_consent"


def _consent(contact: Contact) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    """Each marketing purpose with where the person stands on its channels, and since when."""
    shown = []
    for row in consent_ledger.matrix(contact):
        cells = zip(Channel, row.cells, strict=True)
        shown.append((row.purpose.title, [(c.label, cell) for c, cell in cells if cell]))
    return shown


def _follow_ups(contact: Contact, user: Any) -> list[dict[str, Any]]:
    """What is to do about the person, with its day in words, and whether this user may do it."""
    rows = FollowUp.objects.filter(contact=contact, done_at__isnull=True).select_related("owner")
    today = timezone.localdate()
    return [
        {"row": row, "when": follow_ups.when(row, on=today)}
        for row in masking.for_user(user, rows)
    ]


def _documents(contact: Contact, user: Any) -> list[Any]:
    """The person's files, the newest first; masked for whoever sees them masked."""
    rows = contact.documents.select_related("uploaded_by").order_by("-uploaded_at", "-pk")
    return list(masking.for_user(user, rows)[:DOCUMENTS])


class ContactPage(ContactAdmin):
    """One person, with what the privacy office has to say."""

    change_form_before_template = "console/contact_panels.html"
    operations = (
        Operation(
            "log",
            _("Log an interaction"),
            "crm.add_interaction",
            log,
            InteractionForm,
            explanation=_("What was said restarts the clock of this record; our own mail never."),
        ),
        Operation(
            "follow_up",
            _("Plan a follow-up"),
            "crm.add_followup",
            follow_ups.plan,
            FollowUpForm,
            explanation=_("It is no dealing with the person: their clock does not move."),
        ),
        Operation(
            "try_again",
            _("Try the addresses again"),
            "crm.add_accuracycheck",
            accuracy.try_again,
            explanation=_("Messages came back from them; they are used again from now on."),
            applies=accuracy.is_marked,
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
            "told",
            _("Note that they were told"),
            "privacy.note_notice",
            note_told,
            ToldForm,
            explanation=_(
                "Of which version of the notice, how and when; or on which ground of Art. 14(5)"
                " they need not be told. It is never changed or taken back."
            ),
        ),
        Operation(
            "object",
            _("Record an objection"),
            "privacy.record_consent",
            objections.receive,
            objections.ObjectionForm,
            explanation=_(
                "To a use that rests on our legitimate interests; it rests for this person from"
                " now on, and is weighed within a month. Marketing is refused, not weighed."
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
            "limit",
            _("Restrict processing"),
            "privacy.restrict_processing",
            restrict,
            RestrictionForm,
            explanation=_(
                "From now on nobody finds, uses or changes this person's data; they are stored,"
                " and nothing of them is destroyed (Art. 18). The way back is under Restrictions."
            ),
            dangerous=True,
        ),
        Operation(
            "restrict",
            _("Note a restriction by the source"),
            "crm.add_sourcerestriction",
            sources.restrict,
            SourceRestrictionForm,
            explanation=_("What whoever gave us the data forbids us to do with it."),
        ),
        Operation(
            "disclose",
            _("Record a disclosure"),
            disclosing.RECORDS,
            disclosing.disclose,
            DisclosureForm,
            explanation=_(
                "Data of this person go to somebody else. Files are on record with their export."
                " Under a duty it waits for a second person under Disclosures."
            ),
        ),
        Operation(
            "check",
            _("Note that the details were checked"),
            "crm.add_accuracycheck",
            accuracy.note,
            CheckForm,
            explanation=_("They are right as they stand here; correct first what is not."),
        ),
        Operation(
            "introduce",
            _("Introduce to…"),
            introductions.INTRODUCES,
            introductions.introduce,
            IntroductionForm,
            preview=last_check,
            explanation=_(
                "Before the person is named to a client or partner: their details were checked"
                " within 90 days, and it is on record what was said to whom."
            ),
        ),
        Operation(
            "remove",
            _("Remove: under 16"),
            removals.PROPOSES,
            removals.propose,
            explanation=_(
                "Nobody under sixteen stays on file. From now on nobody may use this person's"
                " data, and a second person removes them under “Under sixteen”. Nothing of their"
                " age is stored."
            ),
            applies=removals.applies,
            dangerous=True,
        ),
        Operation(
            "merge",
            _("Merge with another record"),
            "crm.merge_contact",
            merging.begin,
            merging.OtherForm,
            explanation=_(
                "Look for the other record of this person, then choose it. The next page shows"
                " both side by side; nothing is merged yet."
            ),
            opens=True,
        ),
    )

    def page_of(self, obj: Any) -> str:
        """From the other record on, a merge goes on with the pair."""
        if isinstance(obj, DuplicatePair):
            return reverse("admin:crm_duplicatepair_merge", args=[obj.pk])
        return super().page_of(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["under_age"] = self._under_age(request, obj, context)
            context["why"] = why.sentence(obj.uuid, timezone.localdate())
            context["roles"] = obj.roles.all()
            context["reference"] = obj.uuid
            kind = request.GET.get("kind", "")
            context["timeline"] = timeline.of(obj, user=request.user, kind=kind)
            context["timeline_kinds"] = timeline.kinds(request.user)
            context["timeline_kind"] = kind
            context["consent"] = _consent(obj) if request.user.has_perm(SEES_CONSENT) else ()
            if request.user.has_perm("crm.view_followup"):
                context["follow_ups"] = _follow_ups(obj, request.user)
                context["does_follow_ups"] = request.user.has_perm("crm.change_followup")
            if request.user.has_perm("crm.view_document"):
                context["documents"] = _documents(obj, request.user)
                context["downloads"] = request.user.has_perm(masking.PERMISSION)
            if request.user.has_perm("crm.see_every_export"):
                # Who received this person's data, by name (Art. 15(1)(c), Art. 19).
                context["recipients"] = exports.holders_of(obj.pk)
            if request.user.has_perm("privacy.view_noticegiven"):
                context["sees_informed"] = True
                context["informed"] = informing.state([obj.pk], on=timezone.localdate())[obj.pk]
            if request.user.has_perm("privacy.view_disclosure"):
                context["disclosed"] = disclosures.of(obj.pk)
            context["tags"] = [row.tag for row in obj.tags.select_related("tag")]
            context["restrictions"] = obj.source.restrictions.all()
            if request.user.has_perm("privacy.view_roleoffirm"):
                # For whom it is held decides the way of the person's requests (DESIGN 16).
                context["firm_roles"] = parties.roles_for([obj.pk])[obj.pk]
            context["restricted"] = (
                restriction.in_force().filter(subject=obj)
                if request.user.has_perm("privacy.view_restriction")
                else ()
            )
            context["holds"] = (
                LegalHold.objects.filter(subject=obj, released_at__isnull=True)
                if request.user.has_perm("privacy.view_legalhold")
                else ()
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def _under_age(self, request: HttpRequest, contact: Any, context: dict[str, Any]) -> str:
        """Where somebody on file is removed, when their birth date was just refused for it."""
        pages = context.get("inline_admin_formsets", ())
        forms = (form for page in pages for form in page.formset.forms)
        if not any(form.has_error("date_of_birth", UNDER_AGE) for form in forms):
            return ""
        offered = self.offered(request, contact)
        return next((o["url"] for o in offered if o["operation"].name == "remove"), "")


@admin.register(Contact)
class EverybodyPage(ContactPage):
    """Everybody, whatever they are to the firm; beside the list, who is due and who untold."""

    def get_urls(self) -> list[URLPattern]:
        due = self.admin_site.admin_view(DueList(Contact, self.admin_site).changelist_view)
        untold = self.admin_site.admin_view(UntoldList(Contact, self.admin_site).changelist_view)
        letters = self.admin_site.admin_view(LettersList(Contact, self.admin_site).changelist_view)
        return [
            path("due/", due, name="due_list"),
            path("untold/", untold, name="untold_list"),
            path("letters/", letters, name="letters_list"),
            *super().get_urls(),
        ]


@admin.register(Client)
class ClientPage(ContactPage):
    """The people who are, or may become, clients."""


@admin.register(Supplier)
class SupplierPage(ContactPage):
    """The people who supply us."""


@admin.register(Staff)
class StaffPage(ContactPage):
    """The people who work, worked or asked to work with us."""
