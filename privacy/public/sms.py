"""Where the firm's SMS provider hands over replies: one address, signed, for STOP alone.

POST with a JSON object of `from` and `text`. The header X-Lethe-Timestamp is the second of the
request, X-Lethe-Signature the HMAC-SHA-256, in hexadecimal, of that number, a full stop and the
body under PRIVACY_SMS_KEY. Without that key in the settings nothing is taken. The answer never
tells whether a number is known.
"""

import hashlib
import hmac
import json
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from privacy import stops

# How far the clocks may be apart, and how long a request may be on its way.
WINDOW_SECONDS = 300
LONGEST = 10_000


# A provider's machine has no cookie; its signature says who it is.
@csrf_exempt
@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    """204 where it was taken, 403 where it is not the provider's, 400 where it is no reply."""
    body = request.body
    if not _is_the_providers(request, body):
        return HttpResponse(status=403)
    try:
        said = json.loads(body)
        number, text = str(said["from"]), str(said["text"])
    except (ValueError, TypeError, KeyError):
        return HttpResponse("a JSON object with from and text\n", status=400)
    if stops.asks_to_stop(text):
        digest = hashlib.sha256(body).hexdigest()[:16]
        if not stops.stop(
            number, original={"body": body.decode(errors="replace")}, evidence=f"sms {digest}"
        ):
            return HttpResponse("from is no telephone number\n", status=400)
    return HttpResponse(status=204)


def _is_the_providers(request: HttpRequest, body: bytes) -> bool:
    key = settings.PRIVACY_SMS_KEY
    at = request.headers.get("X-Lethe-Timestamp", "")
    if not key or not at.isdecimal() or len(body) > LONGEST:
        return False
    if abs(time.time() - int(at)) > WINDOW_SECONDS:
        return False
    expected = hmac.new(key.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, request.headers.get("X-Lethe-Signature", ""))
