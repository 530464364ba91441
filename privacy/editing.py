"""Two people who edit one record: the later of two saves is told what the earlier one changed.

What a page showed goes with its form as keyed digests, a column each, never a value. A save locks
the row and looks again: where anything differs from what its writer saw, nothing is stored, and
the page says who changed which fields and when, with what stands there now. What was typed is
kept, what was left alone follows the other's change, and to save again is to have looked.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import formats, timezone
from django.utils.crypto import salted_hmac
from django.utils.text import capfirst
from django.utils.translation import gettext as _

SALT = "privacy.editing"
FIELD = "read_as"


@dataclass(frozen=True, slots=True)
class Change:
    """One field, or one table below the record, which has no `now`."""

    label: str
    now: str
    # Its reader had left it alone: their form now says what is stored.
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else changed after a page was read: what stands there now, and is it taken."""

    who: str
    at: datetime | None
    fields: list["Change"]

    def __str__(self) -> str:
        facts = {"fields": ", ".join(change.label for change in self.fields), "who": self.who}
        after = _("Nothing of yours is stored yet: look, and save again.")
        if self.at is None:
            changed = _("This record was changed after you opened it: %(fields)s.") % facts
        else:
            facts["at"] = formats.date_format(timezone.localtime(self.at), "j M Y H:i")
            changed = (
                _("%(who)s changed this record on %(at)s, after you opened it: %(fields)s.")
                % facts
            )
        return f"{changed} {after}"


class EditedTogether:
    """For a record's page: whoever saves is told of what was saved since they looked."""

    change_form_outer_before_template = "privacy/editing/_meanwhile.html"
    change_form_after_template = "privacy/editing/_read_as.html"

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        if obj is None or not change or request.method != "POST":
            return form
        page = self

        class Watched(form):  # type: ignore[misc, valid-type]
            def clean(self) -> dict[str, Any]:
                values = super().clean() or self.cleaned_data
                if found := page._look(request, obj, form, self):
                    request.told = found  # type: ignore[attr-defined]
                    raise ValidationError(str(found))
                return values

        return Watched

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None and self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            told = getattr(request, "told", None)
            context["meanwhile"] = told
            # Another fault of the form is no look at what somebody else wrote.
            if request.method == "POST" and not told and request.POST.get(FIELD):
                context[FIELD] = request.POST[FIELD]
            else:
                context[FIELD] = self._stamp(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def _look(
        self, request: HttpRequest, obj: Model, form: Any, bound: forms.ModelForm
    ) -> Meanwhile | None:
        """Lock the row, and compare what is stored with what the writer of this form saw.

        A form without a stamp comes from no page of ours and is compared with nothing.
        """
        if not (sent := request.POST.get(FIELD)):
            return None
        rows = type(obj)._base_manager.select_for_update(of=("self",))
        now = rows.filter(pk=obj.pk).first()
        try:
            seen = signing.loads(sent, salt=SALT)
        except signing.BadSignature:
            seen = {}
        if now is None:
            return None
        shown = self._shown(request, now, form)
        key = seen.get("key", "")
        read = seen.get("of", {})
        changed = [
            Change(label, value, _take(bound, form(instance=now), name, key, read.get(name)))
            for name, (label, value, stored) in shown.items()
            if read.get(name) != _digest(key, name, stored)
        ]
        if seen.get("row") == obj.pk and not changed:
            return None
        who, at = _last_writer(obj, since=seen.get("at", 0))
        return Meanwhile(who, at, changed)

    def _stamp(self, request: HttpRequest, obj: Model) -> str:
        """What the page shows, as digests under a key of its own, signed."""
        now = type(obj)._base_manager.filter(pk=obj.pk).first() or obj
        form = super().get_form(request, obj, change=True)  # type: ignore[misc]
        key = secrets.token_hex(8)
        shown = self._shown(request, now, form)
        digests = {name: _digest(key, name, stored) for name, (_l, _v, stored) in shown.items()}
        facts = {"row": obj.pk, "at": timezone.now().timestamp(), "key": key, "of": digests}
        return signing.dumps(facts, salt=SALT)

    def _shown(self, request: HttpRequest, row: Any, form: Any) -> dict[str, tuple[str, str, str]]:
        """Each field of the form and each table below it: its label, text and stored value."""
        filled = form(instance=row)
        shown = {}
        for name, field in filled.fields.items():
            value = filled.get_initial_for_field(field, name)
            shown[name] = (capfirst(str(field.label or name)), _text(field, value), repr(value))
        for inline in self.get_inline_instances(request, row):  # type: ignore[attr-defined]
            formset = inline.get_formset(request, row)
            model = formset.model
            columns = [name for name in formset.form.base_fields if _is_column(model, name)]
            rows = model._base_manager.filter(**{formset.fk.name: row.pk}).order_by("pk")
            stored = repr(list(rows.values_list("pk", *columns)))
            label = capfirst(str(model._meta.verbose_name_plural))
            shown[f"below.{model._meta.model_name}"] = (label, "", stored)
        return shown


def _take(bound: Any, stored: Any, name: str, key: str, read: str | None) -> bool:
    """Put what is stored into a form whose writer had left this field as they read it."""
    field = bound.fields.get(name)
    if field is None or isinstance(field.widget, forms.MultiWidget):
        return False
    written = bound.cleaned_data.get(name)
    written = written.pk if isinstance(written, Model) else written
    if read != _digest(key, name, repr(written)):
        return False
    now = stored.get_initial_for_field(field, name)
    bound.data = bound.data.copy()
    bound.data[bound.add_prefix(name)] = "" if now is None else field.prepare_value(now)
    return True


def _is_column(model: type[Model], name: str) -> bool:
    try:
        return bool(model._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


def _digest(key: str, name: str, stored: str) -> str:
    return salted_hmac(f"{SALT}:{key}:{name}", stored, algorithm="sha256").hexdigest()[:16]


def _text(field: forms.Field, value: Any) -> str:
    """What stands there now, as its reader would read it."""
    if value in (None, "", []):
        return "–"
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        chosen = field.queryset.model._base_manager.filter(pk=value).first()
        return field.label_from_instance(chosen) if chosen else "–"
    named: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
    choices = dict(named)
    if isinstance(value, list | tuple):
        return ", ".join(str(choices.get(one) or one) for one in value)
    return str(choices.get(value) or formats.localize(value))


def _last_writer(obj: Model, *, since: float) -> tuple[str, datetime | None]:
    """Who last saved this record in the console after that moment, under any of its names."""
    concrete = obj._meta.concrete_model
    names = [m._meta.model_name for m in apps.get_models() if m._meta.concrete_model is concrete]
    entry = (
        LogEntry.objects.filter(
            object_id=str(obj.pk),
            content_type__app_label=obj._meta.app_label,
            content_type__model__in=names,
            action_time__gt=datetime.fromtimestamp(since, tz=timezone.get_current_timezone()),
        )
        .select_related("user")
        .order_by("-action_time")
        .first()
    )
    return (entry.user.get_username(), entry.action_time) if entry else ("", None)
