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
from django_otp.plugins.otp_static.admin import StaticDeviceAdmin  # noqa: F401
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDeviceAdmin  # noqa: F401
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AdminPasswordChangeForm, UserChangeForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from crm import accounts, invitations, second_factor
from crm.models import Team, User
from privacy.editing import EditedTogether
from privacy.operations import Operation, OperationForm, OperationsMixin, RecordAdmin
from privacy.points.fields import AddressField


class RolesForm(OperationForm):
    """All roles that the operator will have."""

    roles = forms.ModelMultipleChoiceField(
        label=_("Roles"),
        queryset=Group.objects.order_by("name"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def prepare(self) -> None:
        if self.obj is not None:
            wanted = self.obj.proposed_roles.all() | self.obj.groups.all()
            self.initial.setdefault("roles", {group.pk for group in wanted})


class AddressForm(OperationForm):
    """Where this account's mail goes."""

    email = AddressField(label=_("E-mail address"), max_length=150)


class InvitationForm(RolesForm, AddressForm):
    """Whom to invite; the roles are asked for, and given by a second person."""

    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.order_by("name"), required=False
    )
    field_order = ("email", "team", "roles")


def _asked_for(user: User) -> list[tuple[Any, Any]]:
    """What was asked for when this person was invited."""
    names = ", ".join(user.proposed_roles.order_by("name").values_list("name", flat=True))
    return [(_("Roles asked for"), names)] if names else []


@admin.register(User)
class UserAdmin(OperationsMixin, EditedTogether, DjangoUserAdmin, RecordAdmin):
    """An operator. Nobody grants single permissions here: roles do, given by a second person."""

    form = UserChangeForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "team", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "groups", "team")
    list_select_related = ("team",)
    search_fields = ("username",)
    readonly_fields = (
        *("last_login", "date_joined", "roles"),
        # Each has an operation of its own: an act, not a slip of the pen.
        *("email", "is_active", "disabled_on", "forgotten_on", "invited_by", "link_sent_at"),
    )
    operations = (
        Operation(
            "roles",
            _("Give roles"),
            "crm.give_roles",
            accounts.give_roles,
            RolesForm,
            preview=_asked_for,
            explanation=_("Exactly the ticked roles; nobody gives roles to themselves."),
            applies=lambda user: not user.forgotten_on,
        ),
        Operation(
            "forget_factor",
            _("Reset the second factor"),
            "crm.give_roles",
            second_factor.forget,
            explanation=_(
                "For whoever lost their phone and their recovery codes: make sure that it is them."
                " All sessions end, and the next sign-in sets up a new app."
            ),
            dangerous=True,
        ),
        Operation(
            "address",
            _("Change the address"),
            "crm.give_roles",
            accounts.set_address,
            AddressForm,
            explanation=_("Links to set a password go to this address; older links are void."),
            applies=lambda user: not user.forgotten_on,
        ),
        Operation(
            "invite",
            _("Invite"),
            "crm.add_user",
            invitations.invite,
            InvitationForm,
            explanation=_(
                "A link to set a password goes to the address. The roles are asked for here and"
                " given by a second person, a privacy officer."
            ),
            on_list=True,
            opens=True,
        ),
        Operation(
            "reset",
            _("Send a new link"),
            "crm.change_user",
            invitations.reset,
            explanation=_(
                "The password is void and all sessions end at once; a link to set a new one goes"
                " to the account's address."
            ),
            applies=lambda user: user.is_active,
            dangerous=True,
        ),
        Operation(
            "disable",
            _("Disable"),
            "crm.change_user",
            accounts.disable,
            explanation=_("The account signs in no longer, and its sessions end at once."),
            applies=lambda user: user.is_active,
            dangerous=True,
        ),
        Operation(
            "enable",
            _("Enable"),
            "crm.change_user",
            accounts.enable,
            explanation=_("The account signs in again, with the password and roles it had."),
            applies=lambda user: not user.is_active and not user.forgotten_on,
        ),
        Operation(
            "unlock",
            _("Unlock"),
            "crm.change_user",
            accounts.unlock,
            explanation=_("Failed attempts to sign in with this account are forgotten."),
        ),
    )
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Name"), {"fields": ("first_name", "last_name", "email")}),
        (_("Work"), {"fields": ("team", "roles", "is_active", "is_staff")}),
        (
            _("Dates"),
            {
                "fields": (
                    ("last_login", "date_joined"),
                    ("disabled_on", "forgotten_on"),
                    ("invited_by", "link_sent_at"),
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An account begins with an invitation."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever is not a superuser neither changes one nor takes over their password."""
        allowed = super().has_change_permission(request, obj)
        if obj is None or not allowed:
            return allowed
        return not obj.forgotten_on and (not obj.is_superuser or request.user.is_superuser)

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
class TeamAdmin(EditedTogether, RecordAdmin):
    """Operators who look after the same people."""

    list_display = ("name",)
    search_fields = ("name",)


# Secrets have no page: the package's own were registered by the imports above. What may be done
# about them is an operation.
admin.site.unregister((Group, TOTPDevice, StaticDevice))


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, RecordAdmin):
    """Roles; the program's own are reset at each migration."""

    list_display = ("name",)
    search_fields = ("name",)
