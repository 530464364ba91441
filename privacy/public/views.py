"""What the firm says about itself: the first page, its notices, and how usable these pages are."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from privacy import notices, trackers
from privacy.models import LegalEntity
from privacy.public.pages import page, show


@page
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What one can do here."""
    return show(request, "start", {"entities": LegalEntity.objects.all()})


@page
@require_safe
def notice(request: HttpRequest, version: str = "") -> HttpResponse:
    """The notice in force, or the version that is asked for, and every other one (S1, S121)."""
    approved, in_force = notices.approved(), notices.in_force(on=timezone.localdate())
    told = approved.filter(version=version).first() if version else in_force
    if version and told is None:
        raise Http404
    facts = {
        "notice": told,
        "text": _text(told),
        "versions": approved.order_by("-effective_from", "-pk"),
        "in_force": in_force,
    }
    return show(request, "notice", facts)


@page
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How these pages can be used, and whom to tell where they cannot."""
    return show(request, "accessibility")


@page
@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """What these pages and the firm's other sites leave in a browser (S78)."""
    return show(request, "cookies", {"own": trackers.public(), "others": trackers.in_use()})


@page
def not_found(request: HttpRequest) -> HttpResponse:
    """A page that does not exist, in the language of its address."""
    return show(request, "not_found", status=404)


def _text(told: Any) -> str:
    if told is None:
        return ""
    return told.text_zh_hant if (get_language() or "").startswith("zh") else told.text_en
