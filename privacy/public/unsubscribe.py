"""Unsubscribing by the link of a message: one click, no account, no reasons (RFC 8058; S52, S118).

GET shows a button and changes nothing, whoever follows the link. POST says no for the person, at
once, for the purpose and channel of the message; twice is as good as once, and a mail program's
own POST needs no cookie, no CSRF token and meets no redirect.
"""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from privacy import consent, links, subjects
from privacy.enums import Basis, ConsentMethod
from privacy.errors import PrivacyError
from privacy.links import Act, Opened
from privacy.models import Purpose
from privacy.public.pages import page, show


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
        end(opened, purpose, evidence=f"link {hashlib.sha256(token.encode()).hexdigest()[:16]}")
        return show(request, "unsubscribed", {"purpose": purpose})
    return show(request, "unsubscribe", {"purpose": purpose})


def end(opened: Opened, purpose: Purpose, *, evidence: str) -> None:
    """Write down the “no” of the person whose link this is; nothing for whoever is gone."""
    person: Any = subjects.root_model()._base_manager.filter(uuid=opened.reference).first()
    if person is None or person.disposed_at:
        return
    said: dict[str, Any] = {
        "purpose": purpose,
        "channels": [opened.channel],
        "method": ConsentMethod.ONLINE,
        "by": None,
        "evidence": evidence,
    }
    try:
        if purpose.basis == Basis.CONSENT:
            consent.withdraw(person, topic=opened.topic, **said)
        else:
            # Interests are objected to (Art. 21(2)).
            consent.object_to(person, **said)
    except PrivacyError:
        # Disposed of in this very moment: nothing is left to write to.
        return
