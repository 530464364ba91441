"""The groups that the program owns, reset at each migration; an office's own are never touched.

Who may do what is the permission matrix of the office: an assistant prepares what an officer
decides, staff see their own team's people, and whoever runs the machine reads nobody's data (S94).
"""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction

OFFICER = "Privacy officer"
ASSISTANT = "Privacy assistant"
STAFF = "Staff"
HR = "HR"
AUDITOR = "Auditor"
SYSTEM = "System admin"
FINANCE = "Finance reader"

# What belongs to one person and is edited on their page.
AGGREGATE = (
    "contactpoint",
    "postaladdress",
    "role",
    "source",
    "sourcerestriction",
    "participation",
)
PEOPLE = ("contact", "client", "supplier", "staff")
WORK = ("organisation", "engagement", "interaction", "document", "followup")
HISTORIES = (
    "historicalcontact",
    "historicalcontactpoint",
    "historicalpostaladdress",
    "historicalrole",
    "historicalorganisation",
    "historicalengagement",
)
# Without it people are shown masked, and nothing about them can be changed or searched for.
SEES_VALUES = "privacy.see_values"
RECORDS = (
    "privacy.view_journalentry",
    "privacy.view_legalhold",
    "privacy.view_restriction",
    "privacy.view_quarantine",
    "privacy.view_suppressionentry",
    "privacy.view_finding",
    "privacy.view_consentevent",
    "privacy.view_dispatch",
    "privacy.view_disclosure",
    "privacy.view_purpose",
    "privacy.view_notice",
    "privacy.view_objection",
    "privacy.view_removal",
    "privacy.view_noticegiven",
    "privacy.view_legalentity",
    "privacy.view_tracker",
    "privacy.view_processor",
    "privacy.view_roleoffirm",
    "crm.view_supplierreview",
    "retention.view_sweeprun",
    "retention.view_sweepbatch",
    "retention.view_sweeprelease",
    "retention.view_retentionrule",
)


def _crm(verbs: str, *models: str) -> set[str]:
    return {f"crm.{verb}_{model}" for verb in verbs.split() for model in models}


def _edit(*models: str) -> set[str]:
    return _crm("view add change", *models) | _crm("delete", *(set(models) & set(AGGREGATE)))


_MERGING = {"crm.merge_contact", "crm.view_duplicatepair", "crm.view_merge"}
# Whoever only prepares an import needs a second person to confirm it.
PREPARES_IMPORTS = {"crm.propose_import", "crm.view_importbatch"}
IMPORTS = PREPARES_IMPORTS | {"crm.import_contact"}
# Up to fifty people at a time, and what became of one's own files.
EXPORTS = {"crm.export_contact", "crm.view_contactexport", "crm.note_deletion"}
# Whoever introduces people to clients checks their details first (S100).
INTRODUCES = {"crm.add_accuracycheck", "crm.introduce_contact"}
_ASSISTANT = (
    _edit(*PEOPLE, *AGGREGATE, *WORK)
    | _crm("view", *HISTORIES, "invoicereference")
    | {"crm.view_all_contacts", SEES_VALUES, *_MERGING, *RECORDS, *IMPORTS, *EXPORTS}
    | {"privacy.record_consent", "privacy.prepare_dispatch"}
    | {"privacy.propose_notice", "privacy.note_notice"}
    | {"privacy.record_disclosure", "privacy.propose_removal", *INTRODUCES}
    | _crm("view add delete", "tag")
)

ROLES: dict[str, set[str]] = {
    OFFICER: _ASSISTANT
    | _edit("demographics")
    | _crm("view", "historicaldemographics", "webactivity", "underagerefusal")
    | {
        "crm.export_many_contacts",
        "crm.see_every_export",
        "crm.view_holdernotice",
        "crm.tell_holder",
        "crm.review_supplier",
        "crm.hear_of_exports",
        "crm.view_user",
        "crm.view_deputy",
        "crm.name_deputy",
        "crm.give_roles",
        "privacy.read_outbox",
        "privacy.suppress",
        "privacy.lift_suppression",
        "privacy.see_suppression",
        "privacy.restrict_processing",
        "privacy.decide_sensitive",
        "privacy.lift_restriction",
        "privacy.place_hold",
        "privacy.release_hold",
        "privacy.view_disposal",
        "privacy.approve_notice",
        "privacy.approve_dispatch",
        "privacy.view_optout",
        "privacy.read_opt_out",
        "privacy.view_leftmail",
        "privacy.settle_mail",
        "privacy.approve_disclosure",
        "privacy.add_legalentity",
        "privacy.change_legalentity",
        "privacy.add_tracker",
        "privacy.change_tracker",
        "privacy.add_processor",
        "privacy.change_processor",
        "privacy.name_role",
        "privacy.weigh_objection",
        "privacy.approve_removal",
        "privacy.change_purpose",
        "privacy.settle_finding",
        "retention.start_run",
        "retention.release_rule",
        "retention.propose_rule",
        "retention.approve_rule",
        "retention.withdraw_rule",
        "retention.view_archivedrecord",
    },
    ASSISTANT: _ASSISTANT,
    STAFF: _edit("contact", "client", "supplier", *AGGREGATE, *WORK)
    | _crm("view", *HISTORIES[:4])
    # Whoever hears a “no” writes it down at once.
    | {
        SEES_VALUES,
        "privacy.record_consent",
        # And whoever learns that somebody is a child says so.
        "privacy.propose_removal",
        "crm.view_duplicatepair",
        "crm.view_tag",
        *PREPARES_IMPORTS,
        *INTRODUCES,
    }
    | EXPORTS,
    HR: _edit("staff", *AGGREGATE, "demographics")
    | _crm("view", "organisation", *HISTORIES[:4], "historicaldemographics")
    | {"crm.view_all_contacts", SEES_VALUES, *IMPORTS, *EXPORTS, "crm.export_many_contacts"}
    | {"privacy.propose_removal", "privacy.view_removal"},
    # Reads the evidence, and of people that they are there, masked.
    AUDITOR: _crm("view", *PEOPLE, *AGGREGATE, *WORK, "user", "team", "deputy")
    | {
        *RECORDS,
        "privacy.view_disposal",
        "retention.view_archivedrecord",
        "crm.view_all_contacts",
        # Masked.
        "crm.export_contact",
        "crm.export_many_contacts",
        "crm.view_contactexport",
        "crm.see_every_export",
    },
    # What two laws keep of people whom the business has forgotten: nobody else opens it.
    FINANCE: {"retention.view_archivedrecord", "retention.read_archive"},
    SYSTEM: _crm("view add change", "user", "team")
    | {"crm.delete_team", "privacy.send_test_mail", "auth.view_group", "retention.view_sweeprun"},
}


@transaction.atomic
def reset(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Give each role exactly its permissions; an unknown codename is an error, not a gap."""
    for app in apps.get_app_configs():
        create_permissions(app, verbosity=0, using=using)
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using).select_related("content_type")
    }
    for name, wanted in ROLES.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set([known[codename] for codename in sorted(wanted)])
