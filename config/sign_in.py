"""Signing in: a password first, then the second factor, and only then a session.

Between the two the session holds the number of an account and nothing else that counts; nobody
is signed in by a password alone where a second factor is asked for.
"""

import time
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_lockout_response
from django import forms
from django.contrib import admin
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from crm import second_factor
from crm.models import User
from privacy import parties

HALF_WAY = "half_way"
# Of an invented office every page says so; asked once, at sign-in.
INVENTED = "invented"
HALF_WAY_SECONDS = 600
BACKEND = "crm.deputies.OfficeBackend"


class SecondFactorAsked(Exception):
    """The password was right; a second factor is wanted before anybody is signed in."""

    def __init__(self, user: User) -> None:
        self.user = user
        super().__init__("A second factor is wanted.")


class SignInForm(AuthenticationForm):
    """Name and password; an address may be written in any case."""

    def clean_username(self) -> str:
        name = self.cleaned_data["username"]
        return name.lower() if "@" in name else name

    def confirm_login_allowed(self, user: Any) -> None:
        """Stop before the session where a second factor is asked for."""
        super().confirm_login_allowed(user)
        if second_factor.has(user) or second_factor.must_have(user):
            raise SecondFactorAsked(user)


class CodeForm(forms.Form):
    """The code of the app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": True}
        ),
    )


class OwnPasswordForm(forms.Form):
    """Whoever changes a second factor proves that they are still themselves."""

    password = forms.CharField(
        label=_("Your password"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )


@receiver(user_logged_in)
def _note_office(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    request.session[INVENTED] = parties.invented_at() is not None


def label(request: HttpRequest) -> list[Any] | None:
    """What stands on top of every page while the office is invented."""
    if getattr(request, "session", {}).get(INVENTED):
        return [_("Invented office"), "warning"]
    return None


def half_way(request: HttpRequest, user: User, *, to: str) -> HttpResponse:
    """Remember whose password was right, for ten minutes, and ask for the second factor."""
    request.session.cycle_key()
    request.session[HALF_WAY] = {"user": user.pk, "at": int(time.time()), "to": to}
    if not second_factor.has(user):
        second_factor.begin(user)
    return HttpResponseRedirect(reverse("second_factor"))


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a code on GET; on POST check it, and sign in where it is right."""
    user, to = _who(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    name = {"username": user.get_username()}
    if not AxesProxyHandler.is_allowed(request, name):
        return get_lockout_response(request, None, name)
    enrolling = not second_factor.has(user)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        codes = second_factor.enrol(user, code=code) if enrolling else None
        if codes or (not enrolling and second_factor.verify(user, code=code)):
            request.session.pop(HALF_WAY)
            login(request, user, backend=BACKEND)
            if codes:
                return _page(request, "codes", _("Your recovery codes"), codes=codes, to=to)
            return HttpResponseRedirect(to)
        # Counts like a wrong password: five of them lock the account.
        user_login_failed.send(sender=__name__, credentials=name, request=request)
        form.add_error("code", _("This code is not right; wait for the next one and try again."))
    if enrolling:
        return _enrolment(request, user, form)
    return _page(request, "second_step", _("Your code"), form=form)


@never_cache
@login_required
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """One's own second factor: set up an app, or take new recovery codes, by one's password."""
    user = User.objects.get(pk=request.user.pk or 0)
    form = OwnPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        phrase = form.cleaned_data["password"]
        known = authenticate(request, username=user.get_username(), password=phrase)
        if known is None or known.pk != user.pk:
            form.add_error("password", _("This is not your password."))
        elif second_factor.has(user):
            codes = second_factor.new_codes(user)
            return _page(
                request, "codes", _("Your recovery codes"), codes=codes, to=reverse("admin:index")
            )
        else:
            second_factor.begin(user)
            return HttpResponseRedirect(reverse("enrol"))
    return _page(request, "own", _("Second factor"), form=form, has=second_factor.has(user))


@never_cache
@login_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Take one's own new app by a code of it."""
    user = User.objects.get(pk=request.user.pk or 0)
    if second_factor.waiting(user) is None:
        return HttpResponseRedirect(reverse("own_second_factor"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        codes = second_factor.enrol(user, code=form.cleaned_data["code"])
        if codes:
            to = reverse("admin:index")
            return _page(request, "codes", _("Your recovery codes"), codes=codes, to=to)
        form.add_error("code", _("This code is not right; wait for the next one and try again."))
    return _enrolment(request, user, form)


def _who(request: HttpRequest) -> tuple[User | None, str]:
    """Whose password was right a moment ago, and where they wanted to go."""
    kept = request.session.get(HALF_WAY)
    if not kept or time.time() - kept["at"] > HALF_WAY_SECONDS:
        return None, ""
    return User.objects.filter(pk=kept["user"], is_active=True).first(), kept["to"]


def destination(request: HttpRequest) -> str:
    """Where a sign-in leads: a page of this console, never another host."""
    to = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return to
    return resolve_url("admin:index")


def _enrolment(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse:
    device = second_factor.waiting(user)
    if device is None:
        return HttpResponseRedirect(reverse("admin:login"))
    return _page(
        request,
        "enrol",
        _("Set up your second factor"),
        form=form,
        picture=second_factor.picture(device),
        secret=second_factor.secret(device),
    )


def _page(request: HttpRequest, template: str, title: Any, **more: Any) -> TemplateResponse:
    context = {**admin.site.each_context(request), "title": title, **more}
    return TemplateResponse(request, f"crm/account/{template}.html", context)
