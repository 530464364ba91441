"""Operators, teams and roles: for whoever runs the machine, who reads no one's data."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from crm import accounts
from crm.models import Team, User
from privacy.operations import Operation, OperationForm, OperationsMixin, RecordAdmin


class RolesForm(OperationForm):
    """All roles that the operator will have."""

    roles = forms.ModelMultipleChoiceField(
        label=_("Roles"),
        queryset=Group.objects.order_by("name"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def prepare(self) -> None:
        self.initial.setdefault("roles", list(self.obj.groups.values_list("pk", flat=True)))


@admin.register(User)
class UserAdmin(OperationsMixin, DjangoUserAdmin, RecordAdmin):
    """An operator. Nobody grants single permissions here: roles do, given by a second person."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "team", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "groups", "team")
    list_select_related = ("team",)
    search_fields = ("username",)
    readonly_fields = ("last_login", "date_joined", "roles")
    operations = (
        Operation(
            "roles",
            _("Give roles"),
            "crm.give_roles",
            accounts.give_roles,
            RolesForm,
            explanation=_("Exactly the ticked roles; nobody gives roles to themselves."),
        ),
    )
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Name"), {"fields": ("first_name", "last_name", "email")}),
        (_("Work"), {"fields": ("team", "roles", "is_active", "is_staff")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever is not a superuser neither changes one nor takes over their password."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.is_superuser or request.user.is_superuser)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        """Setting a password is taking an account over: never one that may do more."""
        user = self.get_object(request, unquote(id))
        if user is not None and not accounts.may_be_taken_over(user, by=request.user):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(user.groups.order_by("name").values_list("name", flat=True)) or "–"


@admin.register(Team)
class TeamAdmin(RecordAdmin):
    """Operators who look after the same people."""

    list_display = ("name",)
    search_fields = ("name",)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, RecordAdmin):
    """Roles; the program's own are reset at each migration."""

    list_display = ("name",)
    search_fields = ("name",)
