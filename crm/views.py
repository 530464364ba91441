"""Pages outside the console: setting a password by a link, and asking for such a link."""

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget

from crm import invitations
from crm.errors import AccountRefused
from privacy import queues
from privacy.points.fields import AddressField

POLICY = _(
    "At least 12 characters, not digits alone, no common password, and nothing like your name"
    " or address."
)


class PasswordForm(SetPasswordForm):
    """A new password, twice; the policy is one sentence."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        self.fields["new_password1"].help_text = ""


class ForgottenForm(forms.Form):
    """The address to which a link goes, if it has an account."""

    email = AddressField(
        label=_("E-mail address"),
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, account: str, token: str) -> TemplateResponse:
    """Show the form on GET; set the password on POST alone, and sign nobody in."""
    user = invitations.opened(account, token)
    if user is None:
        return _page(request, _("This link has expired"), template="link_void", status=410)
    form = PasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.set_password(
                user, password=form.cleaned_data["new_password1"], token=token
            )
        except AccountRefused:
            return _page(request, _("This link has expired"), template="link_void", status=410)
        return _page(request, _("Your password is set"), template="password_set")
    return _page(
        request, _("Set your password"), template="set_password", form=form, policy=POLICY
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> TemplateResponse:
    """Queue a link on POST; the answer is the same whether or not the address has an account."""
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        queues.hand_over("crm.send_forgotten", invitations.known_by(form.cleaned_data["email"]))
        return _page(request, _("Look into your mailbox"), template="forgotten_sent")
    return _page(request, _("Forgotten your password?"), template="forgotten", form=form)


def _page(
    request: HttpRequest, title: object, *, template: str, status: int = 200, **more: object
) -> TemplateResponse:
    context = {**admin.site.each_context(request), "title": title, **more}
    return TemplateResponse(request, f"crm/account/{template}.html", context, status=status)
