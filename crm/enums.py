"""The words of the business: roles, sources, channels, states."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoleKind(models.TextChoices):
    """What a person is to the firm (S7)."""

    PROSPECT = "prospect", _("prospective client")
    CLIENT = "client", _("live client")
    SUPPLIER = "supplier", _("supplier")
    EMPLOYEE = "employee", _("employee")
    CONSULTANT = "consultant", _("consultant")
    TEMPORARY = "temporary", _("temporary worker")
    APPLICANT = "applicant", _("applicant")


CLIENT_KINDS = (RoleKind.PROSPECT, RoleKind.CLIENT)
STAFF_KINDS = (RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY, RoleKind.APPLICANT)


class RetentionClass(models.TextChoices):
    """The class of `law` 5 under which a person's record stands, derived from their dealings."""

    LEAD = "lead", _("marketing lead, no dealing")
    CONSULTATION = "consultation", _("prospect with consultation")
    CLIENT = "client", _("client contact under contract")
    SUPPLIER = "supplier", _("supplier contact")
    STAFF = "staff", _("employee, consultant or temporary worker")
    APPLICANT = "applicant", _("unsuccessful applicant")


class SourceType(models.TextChoices):
    """Where a contact came from (S29, S31, S33, S34)."""

    PERSON = "person", _("the person")
    LINKEDIN = "linkedin", _("LinkedIn")
    WEBSITE = "website", _("corporate website")
    CARD = "card", _("business card")
    RECOMMENDATION = "recommendation", _("personal recommendation")
    EMPLOYER = "employer", _("the person's organisation")
    BROKER = "broker", _("data broker")
    PARTNER = "partner", _("partner")
    PUBLIC = "public", _("public register")
    IMPORTED = "imported", _("address book of a colleague")


class ReviewOutcome(models.TextChoices):
    """What a review found of a supplier under one law (S36)."""

    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")


class RestrictionKind(models.TextChoices):
    """What the source forbids (S30)."""

    PURPOSE = "purpose", _("only for this purpose")
    CHANNEL = "channel", _("only on this channel")
    REGION = "region", _("only in this region")
    DISCLOSURE = "disclosure", _("no onward disclosure")
    TERM = "term", _("no use after this day")


class Usage(models.TextChoices):
    """Whether a contact point is the person's own or their organisation's (S13)."""

    PRIVATE = "private", _("private")
    CORPORATE = "corporate", _("corporate")
    UNKNOWN = "unknown", _("not known")


class Channel(models.TextChoices):
    """By which channel a datum or message came (S10)."""

    FORM = "form", _("form")
    PHONE = "phone", _("phone")
    EMAIL = "email", _("e-mail")
    CHAT = "chat", _("live chat")
    MEETING = "meeting", _("meeting")
    LETTER = "letter", _("letter")
    IMPORT = "import", _("import")
    OTHER = "other", _("other")


class GivenFor(models.TextChoices):
    """For what alone a contact point was given (S49, S51)."""

    ORDER = "order", _("an order or enquiry alone")


class Direction(models.TextChoices):
    """Who spoke to whom; our own outbound message never restarts a clock (DESIGN 3)."""

    INBOUND = "inbound", _("from the person")
    OUTBOUND = "outbound", _("from us")
    HELD = "held", _("call or meeting held")


class Gender(models.TextChoices):
    """Asked only where it is needed; declining is an answer (S9)."""

    FEMALE = "female", _("female")
    MALE = "male", _("male")
    OTHER = "other", _("other")
    DECLINED = "declined", _("declined to say")


class EngagementState(models.TextChoices):
    """The relationship state of S106."""

    ENQUIRY = "enquiry", _("enquiry")
    CONSULTATION = "consultation", _("consultation")
    CONTRACT = "contract", _("contract")


class Relationship(models.TextChoices):
    """The furthest that a person's dealings with us ever went (S106)."""

    NONE = "none", _("none")
    ENQUIRY = "enquiry", _("enquiry")
    CONSULTATION = "consultation", _("consultation")
    CONTRACT = "contract", _("contract")


class Accuracy(models.TextChoices):
    """Why a person's data may no longer be right (S104)."""

    BOUNCED = "bounced", _("every e-mail address bounced")
    UNCONFIRMED = "unconfirmed", _("nothing confirmed in two years")


class CheckWay(models.TextChoices):
    """How a person's details were checked (S100)."""

    OWN = "own", _("the person's own answer")
    ASKED = "asked", _("asked by telephone or in person")
    WRITTEN = "written", _("asked in writing")
    REGISTER = "register", _("compared with a public register")
    DOCUMENT = "document", _("compared with a document")


class LinkBasis(models.TextChoices):
    """Why web activity was linked to a person (S21)."""

    SIGNED_IN = "signed_in", _("the person signed in")
    FORM = "form", _("the person sent a form")
    MAIL_LINK = "mail_link", _("the person opened a personal link")


class PairState(models.TextChoices):
    """What was decided about two records that may be one person's."""

    OPEN = "open", _("to be decided")
    LATER = "later", _("later")
    DISTINCT = "distinct", _("not duplicates")


class PairReason(models.TextChoices):
    """Why two records may be one person's; a name alone is none."""

    EMAIL = "email", _("same e-mail address")
    PHONE = "phone", _("same telephone number")
    LINK = "link", _("same profile link")
    NAME = "name", _("same name")
    ORGANISATION = "firm", _("same organisation")
    HAND = "hand", _("chosen by hand")


class ImportState(models.TextChoices):
    """How far an import is; what may follow upon what stands in `crm.imports.steps`."""

    UPLOADED = "uploaded", _("uploaded, not read yet")
    READ = "read", _("read")
    MAPPED = "mapped", _("columns mapped")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked")
    PROPOSED = "proposed", _("proposed, waits for a second person")
    RUNNING = "running", _("being imported")
    DONE = "done", _("imported")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    FAILED = "failed", _("stopped")
    DISCARDED = "discarded", _("discarded")


# A worker has, or should have, such a batch in hand.
AT_WORK = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)


class ImportStrategy(models.TextChoices):
    """What becomes of a row that contradicts what is stored; a blank cell never overwrites."""

    SKIP = "skip", _("leave the row out and hand it back")
    FILL = "fill", _("fill blanks, keep what is stored")
    OVERWRITE = "overwrite", _("overwrite what is stored")


class DateOrder(models.TextChoices):
    """How a file writes dates whose numbers alone do not tell the day from the month."""

    DAY_FIRST = "dmy", _("day first: 3/4/1980 is the third of April")
    MONTH_FIRST = "mdy", _("month first: 3/4/1980 is the fourth of March")


class ImportedTable(models.TextChoices):
    """The tables in which an import writes rows about people."""

    CONTACT = "crm.contact", _("contact")
    POINT = "crm.contactpoint", _("contact point")
    ROLE = "crm.role", _("role")
    ADDRESS = "crm.postaladdress", _("postal address")
    DEMOGRAPHICS = "crm.demographics", _("demographic data")


class ExportState(models.TextChoices):
    """How far an export is; a file leaves only when it is ready."""

    CHOSEN = "chosen", _("people chosen, not described yet")
    READY = "ready", _("described")


class ExportFormat(models.TextChoices):
    """What the file is written as."""

    CSV = "csv", _("CSV (UTF-8)")
    CSV_EXCEL = "csv_excel", _("CSV for Excel (UTF-8 with a byte order mark)")
    XLSX = "xlsx", _("Excel workbook (XLSX)")
    VCARD = "vcard", _("address cards (vCard 4.0)")


class ExportColumn(models.TextChoices):
    """What may be written about a person."""

    NAMES = "names", _("names")
    ORGANISATION = "organisation", _("organisation")
    ROLE = "role", _("role")
    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("telephone")
    JOB_TITLE = "job_title", _("job title")
    LINK = "link", _("profile link")
    ADDRESS = "address", _("postal address")
    COUNTRY = "country", _("country of residence")
    LANGUAGE = "language", _("language")
    REFERENCE = "uuid", _("reference")
    SOURCE = "source", _("source and day")
    CLASS = "retention_class", _("retention class")
    BORN_ON = "date_of_birth", _("date of birth")
    GENDER = "gender", _("gender")


class ExportReason(models.TextChoices):
    """Why people leave for a file; a closed list, so that no reason names a person."""

    MESSAGES = "messages", _("messages to these people")
    SERVICE = "service", _("work for a client or supplier")
    ACCURACY = "accuracy", _("checking and correcting the data")
    AUDIT = "audit", _("audit")
    CLAIM = "claim", _("legal claim or legal advice")
    ORDER = "order", _("order of an authority or court")
    PARTNER = "partner", _("the holder's own marketing (s.35J)")
    MOVE = "move", _("another system of ours")


class Destination(models.TextChoices):
    """To whom a file goes (S83 to S88)."""

    OWN = "own", _("own work, inside the firm")
    PROCESSOR = "processor", _("a processor on our behalf")
    CLIENT = "client", _("a client")
    SUPPLIER = "supplier", _("a supplier or sub-contractor")
    PARTNER = "partner", _("a business partner")
    AUDITOR = "auditor", _("our auditors")
    ADVISER = "adviser", _("lawyers and insurers")
    AUTHORITY = "authority", _("an authority or court")
    SUBJECT = "subject", _("the person themselves")


# Destinations without an organisation that holds the file.
WITHOUT_HOLDER = (Destination.OWN, Destination.SUBJECT)


class LeftOut(models.TextChoices):
    """Why somebody who was chosen does not go; what the gate says stands in its own words."""

    GONE = "gone", _("disposed of or merged away")
    RESTRICTED = "restricted", _("restricted")
    UNSEEN = "unseen", _("not among the people whom you see")
    SOURCE = "source", _("the source of the data forbids it")
    # Counts addresses; their people may go.
    ADDRESSES = "addresses", _("addresses kept back: given to subscribe or for an order alone")


class MassVerb(models.TextChoices):
    """What may be done to many people at once."""

    OWNER = "owner", _("give them this owner")
    TAG = "tag", _("put this tag on them")
    UNTAG = "untag", _("take this tag from them")
    LANGUAGE = "language", _("set this language")


class SkipReason(models.TextChoices):
    """Why somebody stayed as they were."""

    NOT_SEEN = "not_seen", _("somebody else's: not yours to change")
    NOT_USABLE = "not_usable", _("disposed of, or processing is restricted")
    ALREADY = "already", _("so already")
