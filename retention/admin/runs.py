"""The nights, as the console shows them: planned, running, done; counts and references only."""

import json
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.admin import TabularInline

from privacy import disposal, journal, queues
from privacy.operations import DayInput, Operation, OperationForm, OperationsMixin, ViewOnlyAdmin
from retention import clock, printing, rehearsals, sweep, tasks, views
from retention.enums import Mode
from retention.errors import WorkerUnreachable
from retention.models import Certificate, SweepBatch, SweepRelease, SweepRun


class ReleaseForm(OperationForm):
    """One of the rules that halted in this run."""

    rule = forms.ChoiceField(label=_("Rule"))

    def prepare(self) -> None:
        self.fields["rule"].choices = [
            (rule, _("%(rule)s: %(rows)s rows") % {"rule": rule, "rows": rows})
            for rule, rows in sweep.halted(self.obj).items()
        ]


class DayForm(OperationForm):
    """The day, typed by whoever has looked at a calendar."""

    day = forms.DateField(label=_("Today"), widget=DayInput)


def release(run: SweepRun, *, rule: str, by: Any) -> None:
    """Release the rule and hand out its batches."""
    tasks.hand_out(sweep.release(run, rule=rule, by=by))


def start(*, by: Any) -> None:
    """Have a worker plan and start tonight's run; it is stored once, whoever asks."""
    clock.refuse_unless_credible()
    if not queues.tell(tasks.nightly_sweep.name, by.pk):
        raise WorkerUnreachable


def confirm_day(*, day: date, by: Any) -> None:
    """Say in one's own name that this is today; the watchdog then starts the night."""
    clock.confirm(day, by=by)


def rehearse(*, by: Any) -> None:
    """Order a rehearsal of tonight; its page shows the counts once a worker has done it."""
    ordered = rehearsals.order(on=timezone.localdate(), by=by)
    queues.tell(tasks.rehearse.name, str(ordered.uuid))


def tonight(_run: None) -> list[tuple[str, str]]:
    """What tonight's run would take, by rule, from the planner itself."""
    counts = sweep.plan(timezone.localdate()).counts()
    return [(rule, _counted(**numbers)) for rule, numbers in counts.items()] or [
        (str(_("tonight")), str(_("Nothing is due.")))
    ]


def halted(run: SweepRun) -> list[tuple[str, str]]:
    """What a release would take: rules with their rows."""
    rows = ngettext_lazy("%(rows)s row", "%(rows)s rows", "rows")
    return [(rule, rows % {"rows": number}) for rule, number in sweep.halted(run).items()]


def _counted(*, due: int, held: int, halted: bool) -> str:
    words = _("%(due)s due, %(held)s on hold") % {"due": due, "held": held}
    return f"{words}; {_('halts by its cap until it is released')}" if halted else str(words)


class PartInline(TabularInline):
    """Rows of a run, which nobody adds or edits by hand."""

    extra = 0
    can_delete = False
    per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BatchInline(PartInline):
    model = SweepBatch
    fields = ("number", "rule", "state", "attempts", "held", "counts")
    readonly_fields = fields


class ReleaseInline(PartInline):
    model = SweepRelease
    fields = ("rule", "by_whom", "released_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("released_by")

    @admin.display(description=_("released by"))
    def by_whom(self, release: SweepRelease) -> str:
        return release.released_by.get_username()


@admin.register(SweepRun)
class RunAdmin(OperationsMixin, ViewOnlyAdmin):
    """One night: its state, what each rule selected and took, and its batches."""

    list_display = ("night", "mode", "state", "due", "held", "started_at", "finished_at")
    list_filter = ("mode", "state")
    date_hierarchy = "night"
    fields = (
        ("night", "mode", "state"),
        ("started_at", "finished_at"),
        "by_rule",
        "left_out",
        "against_rehearsal",
        "sealed",
        "uuid",
        "rule_set",
    )
    readonly_fields = ("uuid", "by_rule", "left_out", "against_rehearsal", "sealed")
    inlines = (ReleaseInline, BatchInline)
    operations = (
        Operation(
            "rehearse",
            _("Rehearse tonight"),
            "retention.start_run",
            rehearse,
            preview=tonight,
            explanation=_("A worker does all of it and rolls each batch back; no record changes."),
            on_list=True,
        ),
        Operation(
            "start",
            _("Start tonight's run"),
            "retention.start_run",
            start,
            preview=tonight,
            explanation=_("What is due is disposed of for good. A night runs once."),
            on_list=True,
            dangerous=True,
        ),
        Operation(
            "confirm_day",
            _("Confirm today's date"),
            "retention.start_run",
            confirm_day,
            DayForm,
            explanation=_(
                "Where the clock has jumped, nothing is disposed of until somebody has looked at "
                "a calendar. This opens the day that you name and no other."
            ),
            on_list=True,
        ),
        Operation(
            "release",
            _("Release a halted rule"),
            "retention.release_rule",
            release,
            ReleaseForm,
            preview=halted,
            explanation=_("Its cap halted this rule. Once released, it disposes of all its rows."),
            applies=lambda run: bool(sweep.halted(run)),
            dangerous=True,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "certificate/<int:number>.<str:form>",
                view(self.certificate),
                name="retention_certificate",
            ),
            path("forecast/", view(views.page), name="retention_forecast"),
            path("forecast.csv", view(views.download), name="retention_forecast_csv"),
            *super().get_urls(),
        ]

    def certificate(self, request: HttpRequest, number: int, form: str) -> HttpResponse:
        """A certificate as JSON, or as a page in the language asked for; its reading is noted."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sealed = get_object_or_404(Certificate, number=number)
        language = request.GET.get("language", "en")
        if form == "json":
            answer = HttpResponse(_as_json(sealed), content_type="application/json")
        elif form == "pdf" and language in printing.LANGUAGES:
            page = printing.pdf(sealed, language=language)
            answer = HttpResponse(page, content_type="application/pdf")
        else:
            raise Http404
        journal.record("certificate.read", by=request.user, on=sealed)
        name = f"lethe-certificate-{number}.{form}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @admin.display(description=_("certificates"))
    def sealed(self, run: SweepRun) -> str:
        certificates = [(c, disposal.sample(c.content["intents"], size=5)) for c in _of(run)]
        return render_to_string("retention/run/_certificates.html", {"certificates": certificates})

    @admin.display(description=_("left out"))
    def left_out(self, run: SweepRun) -> str:
        """What was due and stayed, by rule, with the reason."""
        rows = [
            (rule, counts["held"], counts["due"] - counts["held"] if counts["halted"] else 0)
            for rule, counts in run.counts.items()
            if counts["held"] or counts["halted"]
        ]
        return render_to_string("retention/run/_left_out.html", {"rows": rows})

    @admin.display(description=_("against the last rehearsal"))
    def against_rehearsal(self, run: SweepRun) -> str:
        """How many more or fewer went than the last rehearsal before it said."""
        earlier = SweepRun.objects.filter(
            mode=Mode.REHEARSE, finished_at__isnull=False, started_at__lt=run.started_at
        ).first()
        rows = []
        if earlier and run.mode == Mode.APPLY:
            for rule in sorted({*earlier.counts, *run.counts}):
                said = earlier.counts.get(rule, {}).get("disposed", 0)
                did = run.counts.get(rule, {}).get("disposed", 0)
                rows.append((rule, said, did, did - said))
        facts = {"earlier": earlier, "rows": rows}
        return render_to_string("retention/run/_against_rehearsal.html", facts)

    @admin.display(description=_("due"))
    def due(self, run: SweepRun) -> int:
        return total(run, "due")

    @admin.display(description=_("held"))
    def held(self, run: SweepRun) -> int:
        return total(run, "held")

    @admin.display(description=_("by rule"))
    def by_rule(self, run: SweepRun) -> str:
        return render_to_string("retention/run/_rules.html", {"counts": run.counts})


def total(run: SweepRun, what: str) -> int:
    """The sum over all rules of a run."""
    return sum(int(counts.get(what, 0)) for counts in run.counts.values())


def _of(run: SweepRun) -> QuerySet:
    return run.certificates.order_by("number")


def _as_json(sealed: Certificate) -> str:
    facts = {
        "number": sealed.number,
        "reference": str(sealed.uuid),
        "issued_at": sealed.issued_at.isoformat(),
        **sealed.content,
        "previous_digest": sealed.previous_digest,
        "digest": sealed.digest,
    }
    return json.dumps(facts, indent=2)
