"""What every public page has in common: its headers, and the two languages of its address."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from privacy.models import Office

# Each language in its own words, as its readers look for it; never a flag.
LANGUAGES = (("en", "English"), ("zh-hant", "繁體中文"))


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A public page: in no index and no cache, without any script."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store"
        return response

    return csp_replace({"script-src": ["'none'"], "img-src": ["'self'"]})(shown)


def show(
    request: HttpRequest, template: str, facts: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page in the language of its address, with a link to itself in the other."""
    _nothing, _language, rest = request.path.split("/", 2)
    languages = [
        {"code": code, "name": name, "url": f"/{code}/{rest}", "is_this": code == get_language()}
        for code, name in LANGUAGES
    ]
    contact = Office.objects.values_list("privacy_contact", flat=True).first() or ""
    shown = {"languages": languages, "privacy_contact": contact, **(facts or {})}
    return render(request, f"public/{template}.html", shown, status=status)
