"""The operator console: one admin site, grouped by work, on which nothing is deleted in bulk.

Its first page shows what the coming nights will take, what is held, how the last run ended and
what failed: counts and references from real queries, each a link to its list.
"""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

# Models are loaded after the site exists, so the pages' questions stand in modules of their own.
SOON = timedelta(days=30)


class Console(UnfoldAdminSite):
    """Lethe's own admin site."""

    index_title = _("Dashboard")
    index_template = "console/dashboard.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def extra_urls(self) -> list[URLPattern]:
        """Pages that belong to no table."""
        return [
            path("fields/", self.admin_view(self.field_register), name="field_register"),
            path("mail/", self.admin_view(self.mail), name="mail"),
            path("mail/<str:name>/", self.admin_view(self.mail_message), name="mail_message"),
        ]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Name and password; where a second factor is asked for, nobody is signed in yet."""
        from config import sign_in  # noqa: PLC0415 - models load after the site

        self.login_form = sign_in.SignInForm
        try:
            return super().login(request, extra_context)
        except sign_in.SecondFactorAsked as asked:
            to = sign_in.destination(request)
            return sign_in.half_way(request, asked.user, to=to)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Today: what is due, held, done and failed, as far as this user may know."""
        from config import dashboard  # noqa: PLC0415 - models load after the site

        on = timezone.localdate()
        cards = dashboard.cards(request.user, on=on)
        due = dashboard.due_next(request.user, on=on, until=on + SOON)
        context = {
            "cards": cards,
            "due": due,
            "to_weigh": dashboard.to_weigh(request.user, on=on),
            "follow_ups": dashboard.my_follow_ups(request.user, on=on),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def field_register(self, request: HttpRequest) -> TemplateResponse:
        """Every declared column: kind, origin, what it becomes, how long it stays (Art. 30)."""
        from config import field_register  # noqa: PLC0415 - models load after the site

        context = {
            **self.each_context(request),
            "title": _("Field register"),
            "subtitle": _("generated from the declarations in code"),
            "tables": field_register.tables(),
        }
        return TemplateResponse(request, "console/field_register.html", context)

    def mail(self, request: HttpRequest) -> TemplateResponse:
        """Whether the mail server answers, and what lies in the outbox without one."""
        from config import mail  # noqa: PLC0415 - models load after the site

        return mail.page(request, self)

    def mail_message(self, request: HttpRequest, name: str) -> TemplateResponse:
        """One file of the outbox, read on record."""
        from config import mail  # noqa: PLC0415 - models load after the site

        return mail.message_page(request, self, name)
