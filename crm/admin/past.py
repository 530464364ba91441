"""The history of a record: who may not see the record does not see what it was."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin


class PastAdmin(SimpleHistoryAdmin):
    """The package asks for the right to the history alone; here it needs the record's too."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Nobody is offered a history that they may not open."""
        if not self.has_view_history_or_change_history_permission(request, kwargs.get("obj")):
            context["show_history"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._refuse_to_strangers(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # The package hides its button where reverting is disabled, and would still obey a POST:
        # it would write back what was corrected or erased.
        if request.method != "GET":
            raise PermissionDenied
        self._refuse_to_strangers(request, object_id)
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _refuse_to_strangers(self, request: HttpRequest, object_id: str) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if self.get_object(request, object_id) is None:
            raise Http404
