"""The preference centre: a link by mail, then which messages one wants (S48, S115, S118, S136).

Who asks for a link is told the same whether or not we know the address, and the same is done
meanwhile: what differs happens in a worker.
"""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from privacy import (
    links,
    preferences,
    queues,
    subjects,
    suppression,
)
from privacy.enums import PointKind
from privacy.errors import PrivacyError
from privacy.links import Act
from privacy.points import Point
from privacy.public import limits
from privacy.public.forms import AddressForm, ChoicesForm
from privacy.public.pages import page, show
from privacy.public.unsubscribe import as_sent

READ = ["GET", "HEAD", "OPTIONS"]
# The field in which a page says what it showed.
STAMP = "shown"
# Of an address that several people share.
MOST_PEOPLE = 5


@csrf_protect
@page
@require_http_methods([*READ, "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer never tells whether the address is known."""
    if request.method != "POST":
        return show(request, "preferences_ask", {"form": AddressForm(), "trap": limits.TRAP})
    if limits.is_too_often(request, "preferences"):
        return show(request, "too_often", status=429)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return show(request, "preferences_ask", {"form": form, "trap": limits.TRAP})
    if not limits.is_trapped(request):
        point = Point(PointKind.EMAIL, form.cleaned_data["email"])
        found = sorted(subjects.adapter().search([point]))[:MOST_PEOPLE]
        # Whoever nobody is: the worker is asked all the same.
        queues.hand_over("privacy.send_preferences_link", found, suppression.locks(point)[0])
    return show(request, "preferences_asked")


@csrf_protect
@page
@require_http_methods([*READ, "POST"])
def centre(request: HttpRequest, token: str) -> HttpResponse:
    """What the person receives today, and a way to change each of it, or all."""
    opened = links.opened(Act.PREFERENCES, token)
    person: Any = None
    if opened is not None:
        people = subjects.root_model()._base_manager.filter(disposed_at__isnull=True)
        person = people.filter(uuid=opened.reference).first()
    if person is None:
        return show(request, "broken_link", status=404)
    facts: dict[str, Any] = {"signal": _has_signal(request)}
    if request.method == "POST":
        evidence = f"link {hashlib.sha256(token.encode()).hexdigest()[:16]}"
        try:
            facts |= _save(request, person, evidence)
        except PrivacyError:
            return show(request, "broken_link", status=404)
    choices = preferences.choices(person)
    anew = set(facts.pop("anew", ()))
    facts |= {
        "form": ChoicesForm(choices),
        "stamp": preferences.stamp(person, choices),
        "anew": [choice.label for choice in choices if choice.name in anew],
        "uses": preferences.uses(),
    }
    return show(request, "preferences", facts)


def _save(request: HttpRequest, person: Any, evidence: str) -> dict[str, Any]:
    """Do what the boxes or the button say."""
    anew: list[str] = []
    if "everything" in request.POST:
        preferences.end_all(person, evidence=evidence, original=as_sent(request))
    else:
        outcome = preferences.change(
            person,
            set(request.POST) - {STAMP},
            stamped=request.POST.get(STAMP, ""),
            evidence=evidence,
            original=as_sent(request),
        )
        anew = outcome.anew
    if _has_signal(request):
        preferences.heed_signal(person, evidence=evidence)
    return {"saved_at": timezone.now(), "evidence": evidence.removeprefix("link "), "anew": anew}


def _has_signal(request: HttpRequest) -> bool:
    """Whether the browser asks not to be tracked."""
    return request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1"
