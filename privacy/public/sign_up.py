"""Signing up: what is offered, with its words before the boxes; then the mailbox (S12, S116).

Known, unknown, suppressed and under age: everybody gets the same page, and the same is done.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from privacy import (
    links,
    parties,
    queues,
    sign_up,
)
from privacy.enums import Language
from privacy.errors import PrivacyError
from privacy.links import Act
from privacy.public import limits
from privacy.public.forms import SignUpForm
from privacy.public.pages import page, show
from privacy.public.preferences import READ
from privacy.sign_up import Typed


@csrf_protect
@page
@require_http_methods([*READ, "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """What one can receive, and what is asked for it."""
    offered = sign_up.offered()
    if not offered:
        return show(request, "sign_up_closed")
    if request.method != "POST":
        return _shown(request, SignUpForm(offered))
    if limits.is_too_often(request, "sign-up"):
        return show(request, "too_often", status=429)
    form = SignUpForm(offered, request.POST)
    if not form.is_valid():
        return _shown(request, form)
    if not limits.is_trapped(request):
        pending = sign_up.ask(
            _typed(form), is_old_enough=form.cleaned_data["age"] == SignUpForm.OLD_ENOUGH
        )
        queues.hand_over("privacy.send_sign_up", str(pending.reference))
    return show(request, "sign_up_asked")


@csrf_protect
@page
@require_http_methods([*READ, "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button; or, by POST, the confirmation."""
    opened = links.opened(Act.SIGN_UP, token)
    if opened is None:
        return show(request, "broken_link", status=404)
    if request.method != "POST":
        return show(request, "sign_up_confirm")
    try:
        is_confirmed = sign_up.confirm(opened.reference)
    except PrivacyError:
        # What was offered has ended since; nothing was stored.
        is_confirmed = False
    if not is_confirmed:
        return show(request, "broken_link", status=404)
    facts = {
        "agreed": sign_up.agreed(opened.reference),
        "reference": opened.reference,
        "receipt": links.token(Act.RECEIPT, opened.reference) if parties.speaker() else "",
    }
    return show(request, "sign_up_done", facts)


def _shown(request: HttpRequest, form: Any) -> HttpResponse:
    return show(
        request, "sign_up", {"form": form, "trap": limits.TRAP, "entity": parties.speaker()}
    )


def _typed(form: SignUpForm) -> Typed:
    is_chinese = (get_language() or "").startswith("zh")
    return Typed(
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"],
        language=str(Language.CHINESE if is_chinese else Language.ENGLISH),
        boxes=form.ticked(),
        left=form.left(),
    )
