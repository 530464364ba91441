"""Unsubscribing by the link of a message: one click, no account, no reasons (RFC 8058; S52, S118).

GET shows a button and changes nothing, whoever follows the link. POST says no for the person, at
once, for the purpose and channel of the message; twice is as good as once, and a mail program's
own POST needs no cookie, no CSRF token and meets no redirect.
"""

import hashlib
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from privacy import consent, links, opt_outs, subjects, suppression
from privacy.enums import Basis, ConsentMethod, OptOutWay
from privacy.errors import PrivacyError
from privacy.links import Act, Opened
from privacy.models import Purpose
from privacy.public.pages import page, show


# A mail program posts without a cookie (RFC 8058); the link itself is signed.
@csrf_exempt
@page
@require_http_methods(["GET", "HEAD", "OPTIONS", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A button; or, by POST, the end of the subscription."""
    opened = links.opened(Act.UNSUBSCRIBE, token)
    purpose = Purpose.objects.filter(key=opened.purpose).first() if opened else None
    if opened is None or purpose is None:
        return show(request, "broken_link", status=404)
    if request.method == "POST":
        evidence = f"link {hashlib.sha256(token.encode()).hexdigest()[:16]}"
        end(opened, purpose, evidence=evidence, original=as_sent(request))
        return show(request, "unsubscribed", {"purpose": purpose})
    return show(request, "unsubscribe", {"purpose": purpose})


@transaction.atomic
def end(
    opened: Opened,
    purpose: Purpose,
    *,
    evidence: str,
    original: dict[str, str],
    way: OptOutWay | None = None,
) -> None:
    """Write down the “no” of the person whose link this is; nothing for whoever is gone.

    What arrived is kept as it is, sealed (Cap 593 s.9(3)).
    """
    # A link outlives a merge: the “no” is that of the person who stayed.
    person = subjects.living(opened.reference)
    if person is None:
        return
    one_click = "one-click" in original.get("body", "").lower()
    opt_outs.keep(
        way or (OptOutWay.ONE_CLICK if one_click else OptOutWay.LINK),
        original,
        about=suppression.points_about([person.pk])[person.pk],
    )
    said: dict[str, Any] = {
        "purpose": purpose,
        "channels": [opened.channel],
        "method": ConsentMethod.ONLINE,
        "by": None,
        "evidence": evidence,
    }
    try:
        with transaction.atomic():
            _say(person, purpose, opened, said)
    except PrivacyError:
        # Disposed of in this very moment: nothing is left to write to.
        return


def as_sent(request: HttpRequest) -> dict[str, str]:
    """The request as it arrived, as far as it says what is wanted."""
    return {
        "method": str(request.method),
        "path": request.path,
        "body": request.POST.urlencode(),
    }


def _say(person: Any, purpose: Purpose, opened: Opened, said: dict[str, Any]) -> None:
    if purpose.basis == Basis.CONSENT:
        consent.withdraw(person, topic=opened.topic, **said)
    else:
        # Interests are objected to (Art. 21(2)).
        consent.object_to(person, **said)
