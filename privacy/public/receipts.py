"""The receipts of a sign-up, for whoever signed up: a file, by a signed link (Art. 7(1)).

One JSON document with a receipt of Kantara 1.1 for each box that was ticked. It names the person
by reference, and no address of theirs; GET changes nothing.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from privacy import links, sign_up
from privacy.consent import receipts
from privacy.errors import PrivacyError
from privacy.links import Act
from privacy.public.pages import page, show


@page
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What was agreed by the sign-up of this link; 404 where it has ended or is another's."""
    opened = links.opened(Act.RECEIPT, token)
    agreed = list(sign_up.agreed(opened.reference)) if opened else []
    try:
        found = [
            receipts.kantara(event, controller=receipts.controller_of(event)) for event in agreed
        ]
    except PrivacyError:
        # No company is entered with which it was agreed.
        found = []
    if opened is None or not found:
        return show(request, "broken_link", status=404)
    answer = JsonResponse({"receipts": found}, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{opened.reference}.json"'
    answer["Cache-Control"] = "no-store"
    return answer
