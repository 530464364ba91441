"""The page that says that there is none: the console's, or the public pages' in their language."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import page_not_found

from privacy.public.views import not_found as public_not_found

PUBLIC = tuple(f"/{code}/" for code, _name in settings.LANGUAGES)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404; what a visitor asked for is quoted nowhere."""
    if request.path.startswith(PUBLIC):
        return public_not_found(request)
    return page_not_found(request, exception)
