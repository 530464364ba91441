"""The forecast as a page and as a file: counts by rule and month, and a what-if period.

Both only ask. What they are asked comes in the address and names a rule and a period, nobody.
"""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from retention import chart, forecast, why
from retention.forecast import Forecast, Line, Tally
from retention.forms import WhatIfForm

# Whoever may see what the nights took may see what they will take: counts, nobody's data.
PERMISSION = "retention.view_sweeprun"


def page(request: HttpRequest) -> TemplateResponse:
    """The next 24 months by rule; with a rule and a period, the same beside it recomputed."""
    _may_see(request)
    form, present, other = _asked(request)
    asked = form.asked
    context = {
        **admin.site.each_context(request),
        "title": _("Forecast"),
        "subtitle": _("the next %(months)d months") % {"months": forecast.MONTHS},
        "present": present,
        "groups": [
            _group(_("People"), "people", present, other),
            _group(_("Rows that go by their own period"), "rows", present, other),
        ],
        "form": form,
        "query": request.GET.urlencode() if asked else "",
    }
    if asked and other:
        context["what_if"] = {
            "rule": forecast.label(asked[0]),
            "now": why.period(asked[0].keep),
            "then": why.period(asked[1]),
            "changes": list(_changes(present, other)),
        }
    return TemplateResponse(request, "retention/forecast/page.html", context)


def download(request: HttpRequest) -> StreamingHttpResponse:
    """The same counts as CSV, one line for each rule and month."""
    _may_see(request)
    _form, present, other = _asked(request)
    lines = csv.writer(_Echo())
    return StreamingHttpResponse(
        (lines.writerow([_harmless(cell) for cell in row]) for row in _rows(present, other)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="forecast-{present.on}.csv"'},
    )


def _may_see(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _asked(request: HttpRequest) -> tuple[WhatIfForm, Forecast, Forecast | None]:
    on = timezone.localdate()
    form = WhatIfForm(request.GET if "rule" in request.GET else None)
    asked = form.asked
    other = forecast.make(on=on, rules=forecast.what_if(*asked, on=on)) if asked else None
    return form, forecast.make(on=on), other


def _group(title: Any, what: str, present: Forecast, other: Forecast | None) -> dict[str, Any]:
    """One table with its drawing, and the drawing of what another period would do, to scale."""
    lines: tuple[Line, ...] = getattr(present, what)
    others: tuple[Line, ...] = getattr(other, what) if other else ()
    differs = other is not None and _numbers(lines) != _numbers(others)
    columns = zip(*(line.months for line in lines), strict=True)
    totals = [sum(column, Tally()) for column in columns]
    return {
        "title": title,
        "name": what,
        "lines": lines,
        "totals": totals,
        "total": sum(totals, Tally()),
        "chart": chart.draw(present.months, lines, beside=others) if lines else None,
        "other_chart": chart.draw(present.months, others, beside=lines) if differs else None,
    }


def _numbers(lines: tuple[Line, ...]) -> dict[str, tuple[Tally, ...]]:
    return {line.rule.name: line.months for line in lines}


def _changes(present: Forecast, other: Forecast) -> Iterator[dict[str, Any]]:
    """The rules whose numbers change, before and after, month by month."""
    nothing = (Tally(),) * len(present.months)
    for line in _lines(present, other):
        name = line.rule.name
        before, after = present.of(name), other.of(name)
        months = before.months if before else nothing, after.months if after else nothing
        if months[0] != months[1]:
            more = sum(after.due - before.due for before, after in zip(*months, strict=True))
            yield {
                "label": line.label,
                "before": months[0],
                "after": months[1],
                "total_before": sum(months[0], Tally()),
                "total_after": sum(months[1], Tally()),
                "more": more,
            }


def _lines(present: Forecast, other: Forecast | None) -> list[Line]:
    """Every rule that either forecast speaks of, once."""
    lines = {line.rule.name: line for line in (*(other.lines if other else ()), *present.lines)}
    return sorted(lines.values(), key=lambda line: (not line.rule.takes_people, line.rule.name))


def _rows(present: Forecast, other: Forecast | None) -> Iterator[list[Any]]:
    heading = ["month", "rule", "label", "due", "held", "kept_by_statute"]
    yield [*heading, *(["due_what_if", "held_what_if"] if other else [])]
    for line in _lines(present, other):
        before = present.of(line.rule.name)
        after = other.of(line.rule.name) if other else None
        for place, month in enumerate(present.months):
            now = before.months[place] if before else Tally()
            then = after.months[place] if after else Tally()
            row = [f"{month:%Y-%m}", line.rule.name, line.label, now.due, now.held, now.statute]
            yield [*row, *([then.due, then.held] if other else [])]


def _harmless(cell: Any) -> Any:
    """No cell begins what a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(tuple("=+-@\t\r")) else cell


class _Echo:
    """A file that hands back each line, so that none is kept."""

    def write(self, line: str) -> str:
        return line
