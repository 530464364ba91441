"""The tables of the business."""

from crm.models.account import Team, User
from crm.models.accuracy_check import AccuracyCheck
from crm.models.contact import (
    Client,
    Contact,
    Demographics,
    PostalAddress,
    Staff,
    Supplier,
    UnderAgeRefusal,
)
from crm.models.deputy import Deputy
from crm.models.document import Document
from crm.models.duplicate import DuplicatePair, Merge, MergeUndo
from crm.models.engagement import Engagement, InvoiceReference, Participation
from crm.models.export import ContactExport, ExportedContact, ExportSelection, HolderNotice
from crm.models.follow_up import FollowUp
from crm.models.import_batch import ImportBatch, ImportChange, ImportRow
from crm.models.interaction import Interaction
from crm.models.organisation import Organisation
from crm.models.point import ContactPoint
from crm.models.role import Role
from crm.models.saved_view import SavedView
from crm.models.source import Source, SourceRestriction
from crm.models.supplier_review import SupplierReview
from crm.models.tag import ContactTag, Tag
from crm.models.web_activity import Visitor, VisitorLink, WebActivity

__all__ = [
    "AccuracyCheck",
    "Client",
    "Contact",
    "ContactExport",
    "ContactPoint",
    "ContactTag",
    "Demographics",
    "Deputy",
    "Document",
    "DuplicatePair",
    "Engagement",
    "ExportSelection",
    "ExportedContact",
    "FollowUp",
    "HolderNotice",
    "ImportBatch",
    "ImportChange",
    "ImportRow",
    "Interaction",
    "InvoiceReference",
    "Merge",
    "MergeUndo",
    "Organisation",
    "Participation",
    "PostalAddress",
    "Role",
    "SavedView",
    "Source",
    "SourceRestriction",
    "Staff",
    "Supplier",
    "SupplierReview",
    "Tag",
    "Team",
    "UnderAgeRefusal",
    "User",
    "Visitor",
    "VisitorLink",
    "WebActivity",
]
