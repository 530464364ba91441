"""Acts of the console: each a confirmed page with its own URL, permission, form and preview.

A page is shown by GET and acts by POST alone; what it previews comes from the planner that acts;
a refusal (`PrivacyError`) is shown and changes nothing. What the console writes down about an
act names references, never a person (DESIGN 17).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import IS_POPUP_VAR, get_content_type_for_model
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import (
    CHECKBOX_CLASSES,
    INPUT_CLASSES,
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
)

from privacy import inventory, journal, masking, quarantine
from privacy.enums import About
from privacy.errors import PrivacyError

# What the journal calls a save of the console.
VERBS = {ADDITION: "enter", CHANGE: "correct", DELETION: "delete"}


def reference(obj: Model) -> str:
    """What log entries and messages call a row: its random reference, else its number."""
    for name in ("uuid", "reference"):
        if value := getattr(obj, name, None):
            return str(value)
    return f"{obj._meta.verbose_name} {obj.pk}"


class OperationForm(forms.Form):
    """What an operation asks `by` about `obj`; without fields it only asks for confirmation."""

    def __init__(self, *args: Any, obj: Any = None, by: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.obj, self.by = obj, by
        self.prepare()
        for asked in self.fields.values():
            # Several boxes have a widget of the console's own, which dresses each of them.
            if not isinstance(asked.widget, forms.CheckboxSelectMultiple):
                asked.widget.attrs["class"] = " ".join(_classes(asked.widget))

    def prepare(self) -> None:
        """Offer the choices that this very row has."""


def _classes(widget: forms.Widget) -> list[str]:
    match widget:
        case forms.CheckboxInput():
            return CHECKBOX_CLASSES
        case forms.Select():
            return SELECT_CLASSES
        case forms.Textarea():
            return TEXTAREA_CLASSES
    return INPUT_CLASSES


class DayInput(forms.DateInput):
    """The browser's own date field: nothing to load."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Operation:
    """One act on one row, or without a row where `on_list` is set.

    `act(obj, by=user, **cleaned)` is the domain's door; `preview(obj)` gives pairs of a label
    and a sentence, from the planner; `applies(obj)` hides what cannot be done now (the act
    itself refuses it too).

    `shows`: the act returns pairs of a label and a value, which the answer shows once and no
    cache keeps. `opens`: the act returns the row whose page comes next. `hands_out`: the act
    returns the answer itself, a file. `leaves`: the row itself goes, and the list comes next.
    """

    name: str
    label: Any
    permission: str
    act: Callable[..., Any]
    form: type[OperationForm] = OperationForm
    preview: Callable[[Any], list[tuple[Any, Any]]] | None = None
    explanation: Any = ""
    applies: Callable[[Any], bool] = field(default=lambda obj: True)
    on_list: bool = False
    dangerous: bool = False
    shows: bool = False
    opens: bool = False
    hands_out: bool = False
    leaves: bool = False


def _no_card(text: str) -> None:
    try:
        quarantine.refuse_cards(text)
    except PrivacyError as refusal:
        raise forms.ValidationError(str(refusal)) from None


class NoCards:
    """Forms in which the number of a payment card is refused where people write freely (S25)."""

    model: Any

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        above: Any = super()
        field = above.formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.CharField) and db_field.name in quarantine.columns_of(
            self.model
        ):
            field.validators = [*field.validators, _no_card]
        return field


class RecordAdmin(NoCards, ModelAdmin):
    """Base of every page of the console: no bulk delete, and references in what is logged."""

    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = masking.for_user(request.user, super().get_queryset(request))
        # The list asks for its own joins only where the rows have none yet.
        joins = self.list_select_related
        return rows.select_related(*joins) if isinstance(joins, tuple) else rows

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self._sees_values(request) and super().has_add_permission(request, *args)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What somebody sees masked they do not change: the mask would be stored."""
        if not self._sees_values(request) or getattr(obj, "is_covered", False):
            return False
        return super().has_change_permission(request, obj)

    def _sees_values(self, request: HttpRequest) -> bool:
        about = inventory.holding(self.model._meta.concrete_model).about
        return about is not About.SUBJECT or request.user.has_perm(masking.PERMISSION)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Who sees values masked does not search by value: the answer would tell it."""
        if search_term and not self._sees_values(request):
            return queryset.none(), False
        if search_term and not request.user.has_perm(quarantine.PERMISSION):
            queryset = quarantine.without_covered(queryset)
        return super().get_search_results(request, queryset, search_term)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was just written is looked at: it may hold what nobody asked for."""
        super().save_related(request, form, formsets, change)
        quarantine.look([form.instance], by=request.user)
        for formset in formsets:
            written = [*formset.new_objects, *(row for row, _names in formset.changed_objects)]
            quarantine.look(written, by=request.user)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        """Operators are offered by the name under which they sign in."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.remote_field.model is get_user_model():
            field.queryset = field.queryset.filter(is_active=True)
            field.label_from_instance = lambda operator: operator.get_username()
        return field

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """The names of the columns that were written, never what rows call themselves."""
        fields = list(form.changed_data)
        for formset in formsets or ():
            model = formset.model._meta.model_name
            fields += [model] * bool(formset.new_objects or formset.deleted_objects)
            for _row, names in formset.changed_objects:
                fields += [f"{model}.{name}" for name in names]
        fields = sorted(set(fields))
        return [{"added" if add else "changed": {"fields": fields}}]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A refusal that no form foresaw is a message, and nothing was stored."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except PrivacyError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted by hand: people are disposed of, the rest is history."""
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._log(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._log(request, obj, CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> list[LogEntry]:
        return [self._log(request, obj, DELETION, "") for obj in queryset]

    def _log(self, request: HttpRequest, obj: Any, flag: int, message: Any) -> LogEntry:
        entry = LogEntry(
            user_id=request.user.pk,
            content_type=get_content_type_for_model(obj),
            object_id=obj.pk,
            object_repr=reference(obj)[:200],
            action_flag=flag,
        )
        if isinstance(message, str):
            # An operation: its own door has journalled it.
            entry.change_message = message
        else:
            entry.change_message = json.dumps(message)
            verb = f"{obj._meta.concrete_model._meta.model_name}.{VERBS[flag]}"
            fields = [_word(name) for part in message for name in part.popitem()[1]["fields"]]
            journal.record(verb, by=request.user, on=obj, facts={"fields": fields})
        entry.save()
        return entry

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._saved(request, obj, _("Added: %s"), self.response_post_save_add)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        return self._saved(request, obj, _("Changed: %s"), self.response_post_save_change)

    def _saved(
        self, request: HttpRequest, obj: Any, text: Any, otherwise: Callable
    ) -> HttpResponse:
        """Redirect as Django does, with a message that names a reference."""
        self.message_user(request, text % reference(obj), messages.SUCCESS)
        if "_continue" in request.POST and self.has_view_or_change_permission(request, obj):
            return HttpResponseRedirect(self.page_of(obj))
        if "_addanother" in request.POST:
            return HttpResponseRedirect(self._url("add"))
        return otherwise(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        return super().response_delete(request, f"{self.opts.verbose_name} {obj_id}", obj_id)

    def _url(self, view: str, *args: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}"
        return reverse(name, args=args, current_app=self.admin_site.name)

    def page_of(self, obj: Any) -> str:
        """The address of a row's page, by its number."""
        return self._url("change", obj.pk)


def _word(name: str) -> str:
    """A column as the journal knows it; a form's own field is named after what it stands for."""
    spellings = (name.lower(), name.lower().replace("_", ".", 1), "other")
    return next(word for word in spellings if journal.knows(word))


class ViewOnlyAdmin(RecordAdmin):
    """Pages that show and change nothing; what may be done to a row is an operation."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OperationsMixin:
    """Turns `operations` into pages, and into buttons for those who may use them."""

    operations: tuple[Operation, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        urls = []
        for operation in self.operations:
            route = "" if operation.on_list else "<path:object_id>/"
            urls.append(
                path(
                    f"{route}{operation.name}/",
                    self.admin_site.admin_view(partial(self.operation_view, operation=operation)),
                    name=f"{self.opts.app_label}_{self.opts.model_name}_{operation.name}",
                )
            )
        return urls + super().get_urls()

    def operation_view(
        self, request: HttpRequest, *, operation: Operation, object_id: str | None = None
    ) -> HttpResponse:
        """Ask on GET, act on POST; the site itself only checks that somebody is signed in."""
        if not request.user.has_perm(operation.permission):
            raise PermissionDenied
        obj = None
        if not operation.on_list:
            obj = self.get_object(request, unquote(object_id))
            if obj is None:
                raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = operation.form(*sent, obj=obj, by=request.user)
        if request.method == "POST" and form.is_valid():
            done = self._carry_out(request, operation, obj, form)
            if done is not None:
                return done
        return self._ask(request, operation, obj, form)

    def _carry_out(
        self, request: HttpRequest, operation: Operation, obj: Any, form: OperationForm
    ) -> HttpResponse | None:
        """Act; a refusal is a message, what the model finds wrong is an error of the form."""
        subject = () if obj is None else (obj,)
        back = self.page_of(obj) if obj is not None else self._url("changelist")
        try:
            done = operation.act(*subject, by=request.user, **form.cleaned_data)
        except PrivacyError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(back)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return None
        if operation.leaves:
            back = self._url("changelist")
        if obj is not None:
            self.log_change(request, obj, f"operation {operation.name}")
        if operation.hands_out:
            return done
        if operation.shows:
            return self._ask(request, operation, obj, form, shown=done)
        if operation.opens:
            return HttpResponseRedirect(self.page_of(done))
        said = _("Done: %(act)s") % {"act": operation.label}
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(back)

    def _ask(
        self,
        request: HttpRequest,
        operation: Operation,
        obj: Any,
        form: OperationForm,
        shown: list[tuple[Any, Any]] | None = None,
    ) -> TemplateResponse:
        preview = operation.preview(obj) if operation.preview else []
        context = {
            **self.admin_site.each_context(request),
            "title": operation.label,
            "subtitle": None if obj is None else str(obj),
            "opts": self.opts,
            "original": obj,
            "operation": operation,
            "form": form,
            "preview": preview,
            "shown": shown,
            "back": self.page_of(obj) if obj is not None else self._url("changelist"),
        }
        return TemplateResponse(request, "privacy/operation/page.html", context)

    def offered(self, request: HttpRequest, obj: Any = None) -> list[dict[str, Any]]:
        """The operations that this user may use here and now, with their addresses."""
        return [
            {
                "operation": operation,
                "url": self._url(operation.name, *([] if obj is None else [obj.pk])),
            }
            for operation in self.operations
            if operation.on_list == (obj is None)
            and request.user.has_perm(operation.permission)
            and (obj is None or operation.applies(obj))
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["operations"] = self.offered(request, obj) if obj is not None else []
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra_context = {**(extra_context or {}), "operations": self.offered(request)}
        return super().changelist_view(request, extra_context)
