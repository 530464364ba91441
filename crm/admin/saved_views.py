"""The views that somebody saved of a list, above it; saved and removed by a form of their own."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from crm import saved_views
from privacy.errors import PrivacyError


class SavedViewsMixin:
    """A list above which stand the views that its user saved."""

    list_before_template = "crm/saved_view/above_list.html"
    # Views that everybody has: a label and the filters.
    views: tuple[tuple[Any, str], ...] = ()
    model: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        above: Any = super()
        name = f"{self.model._meta.app_label}_{self.model._meta.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("views/save/", wrap(self.save_view), name=f"{name}_save_view"),
            path("views/<int:pk>/remove/", wrap(self.remove_view), name=f"{name}_remove_view"),
            *above.get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        above: Any = super()
        name = f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}"
        query = saved_views.clean(request.GET.urlencode(), self._filters(request))
        own = [
            (view, reverse(f"{name}_remove_view", args=[view.pk]))
            for view in saved_views.of(request.user, self.model._meta.label_lower)
        ]
        context = {
            "views": self.views,
            "saved_views": own,
            "saved_query": query,
            "save_view": f"{name}_save_view",
        }
        return above.changelist_view(request, {**context, **(extra_context or {})})

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Save the filters that the form carries, and go back to them."""
        self._refuse(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        query = request.POST.get("query", "")
        try:
            view = saved_views.save(
                name=request.POST.get("name", ""),
                listing=self.model._meta.label_lower,
                query=query,
                allowed=self._filters(request),
                by=request.user,
            )
        except PrivacyError as refusal:
            messages.error(request, str(refusal))
            return self._back(saved_views.clean(query, self._filters(request)))
        messages.success(request, _("The view was saved; its address can be shared."))
        return self._back(view.query)

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remove one's own view; anybody else's is not found."""
        self._refuse(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        view = get_object_or_404(saved_views.of(request.user, self.model._meta.label_lower), pk=pk)
        saved_views.remove(view, by=request.user)
        messages.success(request, _("The view was removed."))
        return self._back("")

    def _filters(self, request: HttpRequest) -> list[str]:
        admin: Any = self
        found = []
        for one in admin.get_list_filter(request):
            name = one[0] if isinstance(one, tuple) else one
            found.append(name if isinstance(name, str) else name.parameter_name)
        return found

    def _refuse(self, request: HttpRequest) -> None:
        admin: Any = self
        if not admin.has_view_permission(request):
            raise PermissionDenied

    def _back(self, query: str) -> HttpResponse:
        name = f"{self.model._meta.app_label}_{self.model._meta.model_name}"
        address = reverse(f"admin:{name}_changelist")
        return HttpResponseRedirect(f"{address}?{query}" if query else address)
