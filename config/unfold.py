"""How the console looks: its menu by work, its colours, no asset of another host."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

# Sign-in attempts are security data: no page shows them.
AXES_ENABLE_ADMIN = False


def may(*permissions: str) -> Any:
    """Whether a menu entry is shown: groups that a user cannot open are absent."""

    def shown(request: HttpRequest) -> bool:
        return any(request.user.has_perm(permission) for permission in permissions)

    return shown


def _entry(title: Any, icon: str, model: str) -> dict[str, Any]:
    app, name = model.split(".")
    link = reverse_lazy(f"admin:{app}_{name}_changelist")

    def active(request: HttpRequest) -> bool:
        """Below the list, but not on a page that has an entry of its own."""
        below = request.path.startswith(str(link))
        return below and request.path not in {str(page) for page in OWN_ENTRY}

    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": active,
        "permission": may(f"{app}.view_{name}"),
    }


# Pages that lie below a list and stand in the menu themselves.
OWN_ENTRY = (
    reverse_lazy("admin:retention_forecast"),
    reverse_lazy("admin:due_list"),
    reverse_lazy("admin:untold_list"),
)


NAVIGATION = [
    {
        "title": _("Today"),
        "items": [
            {"title": _("Dashboard"), "icon": "dashboard", "link": reverse_lazy("admin:index")},
            _entry(_("My follow-ups"), "task_alt", "crm.followup"),
        ],
    },
    {
        "title": _("People"),
        "separator": True,
        "items": [
            _entry(_("Contacts"), "person", "crm.contact"),
            _entry(_("Clients"), "handshake", "crm.client"),
            _entry(_("Suppliers"), "local_shipping", "crm.supplier"),
            _entry(_("Staff"), "badge", "crm.staff"),
            _entry(_("Organisations"), "domain", "crm.organisation"),
            _entry(_("Duplicates"), "group", "crm.duplicatepair"),
            _entry(_("Merges"), "merge", "crm.merge"),
            _entry(_("Imports"), "upload_file", "crm.importbatch"),
            _entry(_("Tags"), "sell", "crm.tag"),
            _entry(_("Exports"), "file_export", "crm.contactexport"),
            _entry(_("Holders to tell"), "contact_mail", "crm.holdernotice"),
        ],
    },
    {
        "title": _("Work"),
        "separator": True,
        "items": [
            _entry(_("Engagements"), "work", "crm.engagement"),
            _entry(_("Interactions"), "forum", "crm.interaction"),
            _entry(_("Documents"), "description", "crm.document"),
        ],
    },
    {
        "title": _("Privacy"),
        "separator": True,
        "items": [
            _entry(_("Consent"), "how_to_reg", "privacy.consentevent"),
            _entry(_("Mail to read"), "mark_as_unread", "privacy.leftmail"),
            _entry(_("Opt-outs"), "unsubscribe", "privacy.optout"),
            _entry(_("Suppression"), "block", "privacy.suppressionentry"),
            _entry(_("Sensitive texts"), "visibility_off", "privacy.quarantine"),
            _entry(_("Restrictions"), "lock", "privacy.restriction"),
            _entry(_("Objections"), "balance", "privacy.objection"),
            _entry(_("Under sixteen"), "child_care", "privacy.removal"),
            _entry(_("Messages to many"), "forward_to_inbox", "privacy.dispatch"),
            _entry(_("Disclosures"), "outbound", "privacy.disclosure"),
            _entry(_("Purposes"), "flag", "privacy.purpose"),
            _entry(_("Notices"), "campaign", "privacy.notice"),
            {
                "title": _("To be told"),
                "icon": "mark_email_unread",
                "link": reverse_lazy("admin:untold_list"),
                "permission": may("privacy.view_noticegiven"),
            },
            _entry(_("Notices given"), "mark_email_read", "privacy.noticegiven"),
            _entry(_("Companies"), "apartment", "privacy.legalentity"),
            _entry(_("Processors"), "hub", "privacy.processor"),
            _entry(_("Roles of the firm"), "assignment_ind", "privacy.roleoffirm"),
            _entry(_("Cookies"), "cookie", "privacy.tracker"),
            _entry(_("Findings"), "policy", "privacy.finding"),
            _entry(_("Journal"), "history_edu", "privacy.journalentry"),
        ],
    },
    {
        "title": _("Retention"),
        "separator": True,
        "items": [
            {
                "title": _("Due for review"),
                "icon": "hourglass_bottom",
                "link": reverse_lazy("admin:due_list"),
                "permission": may("crm.view_contact"),
            },
            _entry(_("Runs"), "event_repeat", "retention.sweeprun"),
            {
                "title": _("Forecast"),
                "icon": "bar_chart",
                "link": reverse_lazy("admin:retention_forecast"),
                "permission": may("retention.view_sweeprun"),
            },
            _entry(_("Rules"), "rule", "retention.retentionrule"),
            _entry(_("Holds"), "front_hand", "privacy.legalhold"),
            _entry(_("Archive"), "inventory_2", "retention.archivedrecord"),
        ],
    },
    {
        "title": _("Data"),
        "separator": True,
        "items": [
            {
                "title": _("Field register"),
                "icon": "fact_check",
                "link": reverse_lazy("admin:field_register"),
            }
        ],
    },
    {
        "title": _("System"),
        "separator": True,
        "items": [
            _entry(_("Users"), "manage_accounts", "crm.user"),
            {
                "title": _("Mail"),
                "icon": "mail",
                "link": reverse_lazy("admin:mail"),
                "permission": may("privacy.read_outbox", "privacy.send_test_mail"),
            },
            _entry(_("Deputies"), "supervisor_account", "crm.deputy"),
            _entry(_("Teams"), "groups", "crm.team"),
            _entry(_("Roles"), "admin_panel_settings", "auth.group"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": "Lethe",
    "SITE_HEADER": "Lethe",
    "SITE_SUBHEADER": _("remembers, and forgets on time"),
    "SITE_SYMBOL": "water_drop",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("console/favicon.svg"),
        },
    ],
    "ENVIRONMENT": "config.sign_in.label",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Second factor"), "link": reverse_lazy("own_second_factor")},
        ],
    },
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    # The colours are in the first sheet; see there.
    "STYLES": [
        lambda request: static("console/colours.css"),
        lambda request: static("console/console.css"),
    ],
    "SIDEBAR": {"show_search": False, "navigation": NAVIGATION},
}
