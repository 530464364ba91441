"""How often one address may send a form: counted under a keyed digest that names nobody.

The count lives in the cache for an hour; while the cache is silent everybody is let through. Where
a proxy stands before Lethe, PRIVACY_PROXIES says how many, so that visitors are told apart and
cannot say themselves who they are.
"""

import logging

import redis
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

log = logging.getLogger(__name__)

MOST, SECONDS = 10, 3600
# A field that no person sees, and a form that no person fills in so fast.
TRAP = "website"


def is_too_often(request: HttpRequest, form: str) -> bool:
    """Count this POST; whether there were too many within the hour."""
    key = f"public:{form}:{_digest(request)}"
    try:
        cache.add(key, 0, SECONDS)
        return cache.incr(key) > MOST
    except ValueError:
        # It ended between the two.
        return False
    except (redis.RedisError, OSError) as error:
        # Whoever says “no” is let through, rather than nobody.
        log.error("Nothing counts the forms: %s.", type(error).__name__)  # noqa: TRY400
        return False


def is_trapped(request: HttpRequest) -> bool:
    """Whether a machine filled in what no person sees."""
    return bool(request.POST.get(TRAP))


def _digest(request: HttpRequest) -> str:
    return salted_hmac("privacy.public.limits", _client(request), algorithm="sha256").hexdigest()


def _client(request: HttpRequest) -> str:
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.PRIVACY_PROXIES
    if proxies and len(hops) >= proxies and hops[-proxies]:
        return hops[-proxies]
    return request.META.get("REMOTE_ADDR", "")
