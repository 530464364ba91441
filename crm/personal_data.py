"""What the business holds about people, column by column (DESIGN 1; periods from `law` 5)."""

from django.conf import settings

from crm import models, scopes
from privacy.enums import About, Becomes, Criterion, Kind, Origin
from privacy.inventory import ROW, Activity, Datum, Holding, Keep, Store, declare, history

RELATIONS = "business contacts"
WEB = "web activity"
INVOICING = "invoicing"
ACCOUNTS = "operator accounts"
# Declared by the privacy office: what is kept to prove what was done with whose data.
ACCOUNTABILITY = "accountability"

declare(
    Activity(
        RELATIONS,
        "keeping in touch with clients, suppliers and staff",
        "legitimate interests; contract where the person is the party (Art. 6(1)(f), (b))",
    ),
    Activity(
        WEB,
        "system administration, traffic filtering, domain look-up and statistics (S21)",
        "legitimate interests (Art. 6(1)(f))",
    ),
    Activity(
        INVOICING,
        "business records that tax and company law demand",
        "legal obligation: Cap 112 s.51C, Cap 622 s.377 (Art. 6(1)(c))",
    ),
    Activity(
        ACCOUNTS,
        "access of operators to Lethe, and its security",
        "legitimate interests (Art. 6(1)(f))",
    ),
)

SIX_YEARS = "policy S98; Cap 347 s.4(1)"
PERSON = {"contact": "the person whom the row is about"}

# The datum recurs: a column of free text about the person, and one they told us themselves.
NAME = Datum(Kind.IDENTITY, identifies=True, becomes=Becomes.BLANK)
TEXT = Datum(Kind.CORRESPONDENCE)

CONTACT = {
    "native_family_name": NAME,
    "native_given_name": NAME,
    "latin_family_name": NAME,
    "latin_given_name": NAME,
    "language": Datum(Kind.DEMOGRAPHIC, becomes=Becomes.BLANK),
    # The country alone, with no name beside it, is what the yearly statistics count.
    "residence_country": Datum(Kind.DEMOGRAPHIC, becomes=Becomes.BLANK),
    "anchor_on": Datum(Kind.DEALING, Origin.DERIVED, becomes=Becomes.STAYS),
    "retention_class": Datum(Kind.DEALING, Origin.DERIVED, becomes=Becomes.STAYS),
}
# Whole names, as they are spoken and as they are filed.
SPELLINGS = (
    ("native_family_name", "native_given_name"),
    ("native_given_name", "native_family_name"),
    ("latin_given_name", "latin_family_name"),
    ("latin_family_name", "latin_given_name"),
)
CONTACT_TECHNICAL = {
    **ROW,
    "uuid": "artificial identifier by which ledger, journal and evidence know the person",
    "source": "link to the row that says where the person's data came from",
    "owner": "the operator who looks after the person",
    "team": "the team that looks after the person",
    "created_at": "when the row was written",
    "disposed_at": "when the row became a tombstone",
}
SOURCE = {
    "type": Datum(Kind.PROVENANCE, Origin.ASSIGNED, becomes=Becomes.STAYS),
    "detail": Datum(Kind.PROVENANCE, Origin.OBTAINED, becomes=Becomes.BLANK),
    "recommender": Datum(Kind.PROVENANCE, Origin.OBTAINED, becomes=Becomes.BLANK),
    "obtained_on": Datum(Kind.PROVENANCE, Origin.ASSIGNED, becomes=Becomes.STAYS),
}
SOURCE_TECHNICAL = {
    **ROW,
    "obtained_by": "the operator who obtained the data",
    "import_reference": "artificial identifier of the import that brought the person",
    "supplier": "the organisation that supplied the data",
}
POINT = {
    "value": Datum(Kind.CONTACT, identifies=True, point=True),
    "normal_form": Datum(Kind.CONTACT, Origin.DERIVED, identifies=True, point=True),
    "retrieved_on": Datum(Kind.CONTACT, Origin.OBTAINED),
    "usage": Datum(Kind.CONTACT),
    "came_by": Datum(Kind.PROVENANCE, Origin.ASSIGNED),
    "verified_at": Datum(Kind.CONTACT, Origin.OBSERVED),
    "bounced_at": Datum(Kind.CONTACT, Origin.OBSERVED),
    "times_full": Datum(Kind.CONTACT, Origin.OBSERVED),
    "is_preferred": Datum(Kind.PREFERENCE),
    "given_for": Datum(Kind.PREFERENCE),
}
POINT_TECHNICAL = {**ROW, **PERSON, "kind": "e-mail, phone or link: one of a closed list"}
ADDRESS = {
    name: Datum(Kind.CONTACT) for name in ("lines", "city", "region", "postcode", "country")
}
DEMOGRAPHICS = {
    name: Datum(Kind.DEMOGRAPHIC) for name in ("gender", "date_of_birth", "date_of_birth_declined")
}
ROLE = {
    "kind": Datum(Kind.PROFESSIONAL, Origin.ASSIGNED),
    "job_title": Datum(Kind.PROFESSIONAL),
    "started_on": Datum(Kind.DEALING, Origin.OBSERVED),
    "ended_on": Datum(Kind.DEALING, Origin.OBSERVED),
}
ROLE_TECHNICAL = {
    **ROW,
    **PERSON,
    "organisation": "the organisation for which the person acts",
    "owner": "the operator who looks after the role",
}
# Whoever works, worked or asked to work here: these roles are HR data, and looks are on record.
WORK = ("employee", "consultant", "temporary")
HR = {"kind__in": (*WORK, "applicant")}
ORGANISATION_TECHNICAL = {
    **ROW,
    "uuid": "artificial identifier of an organisation",
    "name": "name of an organisation, not of a person",
    "country": "country of an organisation",
    "sector": "sector of an organisation",
    "website": "public site of an organisation",
    "email": "general mailbox of an organisation; guarded, as a person may share it",
    "email_form": "normal form of the general mailbox",
    "phone": "switchboard of an organisation; guarded, as a person may share it",
    "phone_form": "normal form of the switchboard",
}
ENGAGEMENT_TECHNICAL = {
    **ROW,
    "uuid": "artificial identifier of an engagement",
    "code": "number of an engagement: letters, digits and hyphens",
    "title": "subject matter of the work; the residue search looks for persons in it",
    "organisation": "the organisation for which the work is done",
    "state": "enquiry, consultation or contract",
    "opened_on": "day on which the work opened",
    "closed_on": "day on which the work closed",
}


# A rule may shorten a period for the people of whom one of these is true (S102).
ANY_SCOPE = tuple(scope.name for scope in scopes.ALL)


def contact_class(name: str, years: int, citation: str) -> Keep:
    """A person's record goes by its class, from the last qualifying event (DESIGN 3)."""
    return Keep(
        name,
        anchor="anchor_on",
        years=years,
        citation=citation,
        when={"retention_class": name},
        scopes=ANY_SCOPE,
        criterion=Criterion.AGREEMENT,
    )


declare(*scopes.ALL)
declare(
    Holding(
        "crm.Contact",
        About.SUBJECT,
        RELATIONS,
        path="pk",
        data={
            **CONTACT,
            "search_text": Datum(Kind.IDENTITY, Origin.DERIVED, becomes=Becomes.BLANK),
            "name_key": Datum(Kind.IDENTITY, Origin.DERIVED, becomes=Becomes.BLANK),
        },
        technical=CONTACT_TECHNICAL,
        names=SPELLINGS,
        survives=True,
        keeps=(
            contact_class("lead", 2, "house rule: two years from the last engagement"),
            contact_class("consultation", 3, "house rule: three years from the last contact"),
            contact_class("client", 6, SIX_YEARS),
            contact_class("supplier", 6, SIX_YEARS),
            contact_class("staff", 6, SIX_YEARS),
            contact_class("applicant", 2, "PCPD human resource code: two years from rejection"),
            Keep(
                "tombstone",
                anchor="disposed_at",
                days=1,
                when={"disposed_at__isnull": False},
                tombstones=True,
                citation="Art. 5(1)(e): no evidence points at it any more",
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.Source",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data=SOURCE,
        technical=SOURCE_TECHNICAL,
        survives=True,
        protects=(),
    ),
    Holding(
        "crm.SourceRestriction",
        About.SUBJECT,
        RELATIONS,
        path="source__contact",
        data={
            "kind": Datum(Kind.PROVENANCE, Origin.OBTAINED),
            "allows": Datum(Kind.PROVENANCE, Origin.OBTAINED),
            "expires_on": Datum(Kind.PROVENANCE, Origin.OBTAINED),
        },
        technical={
            **ROW,
            "source": "the source that restricts",
            "reference": "artificial identifier of the restriction",
        },
        protects=("limit",),
    ),
    Holding(
        "crm.ContactPoint",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data=POINT,
        technical=POINT_TECHNICAL,
        protects=(),
    ),
    Holding(
        "crm.PostalAddress",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data=ADDRESS,
        technical={**ROW, **PERSON},
        protects=(),
    ),
    Holding(
        "crm.Demographics",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data=DEMOGRAPHICS,
        technical={**ROW, **PERSON},
        protects=(),
        watched={},
    ),
    Holding(
        "crm.Role",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data=ROLE,
        technical=ROLE_TECHNICAL,
        protects=(),
        watched=HR,
        # Though its person stays, as a client does.
        keeps=(
            Keep(
                "work",
                anchor="ended_on",
                years=6,
                when={"kind__in": WORK},
                citation=SIX_YEARS,
                scopes=ANY_SCOPE,
            ),
            Keep(
                "application",
                anchor="ended_on",
                years=2,
                when={"kind": "applicant"},
                citation="PCPD human resource code: two years from rejection",
                scopes=ANY_SCOPE,
            ),
        ),
    ),
    Holding(
        "crm.Participation",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data={"part": Datum(Kind.PROFESSIONAL)},
        technical={**ROW, **PERSON, "engagement": "the work in which the person takes part"},
        protects=(),
    ),
    Holding(
        "crm.Interaction",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data={
            "channel": Datum(Kind.CORRESPONDENCE, Origin.OBSERVED),
            "direction": Datum(Kind.CORRESPONDENCE, Origin.OBSERVED),
            "occurred_at": Datum(Kind.CORRESPONDENCE, Origin.OBSERVED),
            "summary": TEXT,
            "body": TEXT,
        },
        technical={
            **ROW,
            **PERSON,
            "uuid": "artificial identifier of the interaction",
            "engagement": "the work to which it belongs",
            "recorded_by": "the operator who recorded it",
        },
        keeps=(
            Keep(
                "support",
                anchor="occurred_at",
                years=2,
                when={"channel": "chat"},
                citation="house rule: live chat goes after two years",
                scopes=ANY_SCOPE,
            ),
            Keep(
                "interaction",
                anchor="occurred_at",
                years=6,
                citation=SIX_YEARS,
                scopes=ANY_SCOPE,
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.Document",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data={
            "title": Datum(Kind.DOCUMENT),
            "file": Datum(Kind.DOCUMENT),
            "content_type": Datum(Kind.DOCUMENT, Origin.DERIVED),
            "size": Datum(Kind.DOCUMENT, Origin.DERIVED),
        },
        technical={
            **ROW,
            **PERSON,
            "uuid": "artificial identifier of the document",
            "engagement": "the work to which it belongs",
            "uploaded_at": "when it was uploaded",
            "uploaded_by": "the operator who uploaded it",
        },
        files={"file": "documents"},
        keeps=(
            Keep("document", anchor="uploaded_at", years=6, citation=SIX_YEARS, scopes=ANY_SCOPE),
        ),
        protects=(),
    ),
    Holding(
        "crm.AccuracyCheck",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data={
            "is_right": Datum(Kind.CONTACT),
            "way": Datum(Kind.CONTACT, Origin.ASSIGNED),
            "checked_at": Datum(Kind.CONTACT, Origin.OBSERVED),
        },
        technical={**ROW, **PERSON, "checked_by": "the operator who checked"},
        protects=(),
    ),
    Holding(
        "crm.FollowUp",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data={
            "what": TEXT,
            "due_on": Datum(Kind.DEALING, Origin.ASSIGNED),
            "done_at": Datum(Kind.DEALING, Origin.OBSERVED),
        },
        technical={
            **ROW,
            **PERSON,
            "uuid": "artificial identifier of the follow-up",
            "owner": "the operator who sees to it",
            "came_of_reference": "artificial identifier of the interaction of which it came",
            "done_by": "the operator who did it",
        },
        keeps=(
            Keep(
                "follow_up",
                anchor="due_on",
                years=2,
                citation="house rule: what was to do goes two years after its day",
                scopes=ANY_SCOPE,
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.InvoiceReference",
        About.SUBJECT,
        INVOICING,
        path="contact",
        data={
            "number": Datum(Kind.FINANCE, Origin.ASSIGNED),
            "billed_to": Datum(Kind.FINANCE, identifies=True),
            "issued_on": Datum(Kind.FINANCE, Origin.ASSIGNED),
        },
        technical={**ROW, **PERSON, "engagement": "the work that was invoiced"},
        names=(("billed_to",),),
        keeps=(
            Keep(
                "invoice",
                anchor="issued_on",
                years=7,
                # Of the two laws the later one governs, and a company's year never ends earlier.
                year_ends_in=settings.FINANCIAL_YEAR_ENDS_IN,
                statute=True,
                remainder=("number", "billed_to", "issued_on"),
                criterion=Criterion.LAW,
                found_by="number",
                citation=(
                    "Cap 112 s.51C, Cap 622 s.377: seven years after the transaction and after"
                    " its financial year"
                ),
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.WebActivity",
        About.SUBJECT,
        WEB,
        path="visitor__link__contact",
        data={
            "happened_at": Datum(Kind.ONLINE, Origin.OBSERVED),
            "ip_address": Datum(Kind.ONLINE, Origin.OBSERVED),
            "user_agent": Datum(Kind.ONLINE, Origin.OBSERVED),
            "path": Datum(Kind.ONLINE, Origin.OBSERVED),
            "search_terms": Datum(Kind.ONLINE, Origin.OBSERVED),
        },
        technical={**ROW, "visitor": "the browser or device"},
        keeps=(
            Keep(
                "activity",
                anchor="happened_at",
                months=13,
                citation="house rule: 13 months",
                scopes=("country",),
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.VisitorLink",
        About.SUBJECT,
        WEB,
        path="contact",
        data={"basis": Datum(Kind.ONLINE, Origin.ASSIGNED)},
        technical={
            **ROW,
            **PERSON,
            "visitor": "the browser or device",
            "linked_at": "when the link was made",
            "linked_by": "the operator who made it",
        },
        protects=(),
    ),
    Holding(
        "crm.Visitor",
        About.SUBJECT,
        WEB,
        path="link__contact",
        data={"first_seen_at": Datum(Kind.ONLINE, Origin.OBSERVED)},
        technical={**ROW, "key": "random key of a browser"},
        protects=(),
    ),
    Holding(
        "crm.DuplicatePair",
        About.SUBJECT,
        RELATIONS,
        path="first",
        data={
            "score": Datum(Kind.DEALING, Origin.DERIVED),
            "reasons": Datum(Kind.DEALING, Origin.DERIVED),
        },
        technical={
            **ROW,
            "first": "the person whom the row is about",
            "second": "the other person; the pair goes with either (crm.duplicates)",
            "state": "open, later or not duplicates: one of a closed list",
            "found_at": "when the search last found the pair",
            "decided_by": "the operator who decided",
        },
        protects=(),
    ),
    Holding(
        "crm.Merge",
        About.SUBJECT,
        RELATIONS,
        path="kept",
        technical={
            **ROW,
            "reference": "artificial identifier of the merge",
            "kept": "the person whom the row is about",
            "gone": "the row that was merged away; of it a tombstone is left",
            "merged_at": "when it was done",
            "merged_by": "the operator who did it",
        },
        protects=("merge", "unmerge"),
    ),
    Holding(
        "crm.MergeUndo",
        About.SUBJECT,
        RELATIONS,
        path="kept",
        data={
            "before": Datum(Kind.IDENTITY, Origin.DERIVED, identifies=True),
            "stored_at": Datum(Kind.DEALING, Origin.DERIVED),
        },
        technical={
            **ROW,
            "reference": "reference of the merge that it takes back",
            "kept": "the person whom the row is about",
        },
        keeps=(
            Keep(
                "undo",
                anchor="stored_at",
                days=30,
                citation="Art. 5(1)(d), (e): a mistaken merge is taken back within 30 days",
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.Organisation",
        About.NOBODY,
        RELATIONS,
        technical={
            **ORGANISATION_TECHNICAL,
            "name_key": "folded name of an organisation",
        },
        protects=(),
    ),
    Holding(
        "crm.Engagement",
        About.NOBODY,
        RELATIONS,
        technical=ENGAGEMENT_TECHNICAL,
        protects=(),
    ),
    Holding(
        "crm.SupplierReview",
        About.NOBODY,
        RELATIONS,
        technical={
            **ROW,
            "uuid": "artificial identifier of the review",
            "organisation": "the supplier of data that was reviewed",
            "gdpr": "what was found under the GDPR",
            "pdpo": "what was found under the PDPO",
            "evidence": "where what was looked at is filed",
            "reviewed_on": "day of the review",
            "next_due_on": "day of the next one",
            "reviewed_by": "the operator who reviewed",
            "recorded_at": "when it was written down",
        },
        protects=("review.failed",),
    ),
    Holding(
        "crm.ImportBatch",
        About.NOBODY,
        RELATIONS,
        technical={
            **ROW,
            "uuid": "artificial identifier of an import",
            "state": "how far the import is",
            "failure": "why it stopped: a sentence of the program, without a value of the file",
            "stopped_at": "the step at which it stopped",
            "source_type": "the type of the source of the file",
            "source_detail": "where the file came from: a shop, a fair, a system; not a person",
            "supplier": "the organisation that supplied the file",
            "obtained_on": "day on which the file was obtained",
            "role": "the role that its people are given",
            "basis": "the legal basis of holding them",
            "notice": "version of the notice that they were or will be given",
            "evidence": "where the licence or contract with a broker is filed",
            "expires_on": "day until which the broker allows the use",
            "kind": "CSV, XLSX or vCard",
            "encoding": "encoding of the file",
            "delimiter": "what parts its cells",
            "has_header": "whether the first row names the columns",
            "sheet": "which sheet of the workbook is read, counted from 1",
            "despite_doubts": "whether somebody said to go on though something in it is doubtful",
            "dates": "whether its dates are written day first or month first",
            "mapping": "positions of columns by the name of our field; no heading of the file",
            "strategy": "what becomes of a row that contradicts what is stored",
            "file_digest": "keyed digest of the file, to know it again",
            "rows": "how many rows the file has",
            "done_up_to": "number of the last row that a worker has done",
            "counts": "how many rows had which verdict",
            "undone": "how much of what an undo took back",
            "created_by": "the operator who uploaded it",
            "created_at": "when it was uploaded",
            "confirmed_by": "the operator who confirmed it",
            "confirmed_at": "when it was confirmed",
            "needs_second": "whether a second person must confirm it",
            "finished_at": "when its last row was imported",
            "queued_at": "when a worker was last asked",
            "lease": "random key of the worker that has it in hand",
            "lease_until": "how long that worker may be silent",
            "attempts": "how often a worker began without finishing a part",
        },
        keeps=(Keep("import", anchor="created_at", years=6, citation=SIX_YEARS),),
        protects=(),
    ),
    Holding(
        "crm.ImportRow",
        About.NOBODY,
        RELATIONS,
        technical={
            **ROW,
            "batch": "the import",
            "number": "number of the row in the file",
            "verdict": "what became of it: one of a closed list",
            "reason": "why: a sentence of the program, without a value of the row",
            "choice": "what somebody decided about this row: one of a closed list",
            "checked_at": "when the verdict was given",
        },
        keeps=(
            Keep(
                "import_row",
                anchor="checked_at",
                days=30,
                citation="house rule: an import can be undone for 30 days",
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.ImportChange",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data={
            "before": Datum(Kind.IDENTITY, Origin.DERIVED),
            "after": Datum(Kind.IDENTITY, Origin.DERIVED),
        },
        technical={
            **ROW,
            **PERSON,
            "batch": "the import that changed the person's record",
            "table": "the table that was written: one of a closed list",
            "row": "number of the row that was written",
            "column": "name of the column that was changed",
            "at": "when it was written",
        },
        keeps=(
            Keep(
                "undo",
                anchor="at",
                days=30,
                citation="house rule: an import can be undone for 30 days",
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.ContactExport",
        About.NOBODY,
        ACCOUNTABILITY,
        technical={
            **ROW,
            "uuid": "artificial identifier of an export",
            "state": "how far the export is",
            "created_by": "the operator who requested it",
            "created_at": "when it was requested",
            "format": "CSV, XLSX or vCard",
            "columns": "names of columns of a closed list",
            "reason": "why: one of a closed list",
            "matter": "number of a matter: capitals, digits, - and / only",
            "purpose": "key of a purpose",
            "channel": "channel of the messages",
            "destination": "the class of recipient: one of a closed list",
            "holder": "the organisation that holds the file",
            "country": "country of the organisation that holds the file",
            "masked": "whether the values were covered",
            "chosen": "how many people were chosen",
            "rows": "how many people are in the file",
            "left_out": "how many people were left out for which reason",
            "expires_on": "last day of the file",
            "downloads": "how often it was fetched",
            "digest": "digest of the file",
            "deleted_on": "when the holder confirmed its deletion",
            "deletion_noted_by": "the operator who wrote that down",
        },
        keeps=(
            Keep(
                "chosen",
                anchor="created_at",
                days=7,
                when={"state": "chosen"},
                citation="house rule: what was never described is no export",
            ),
            Keep("export", anchor="expires_on", years=6, citation=SIX_YEARS),
        ),
        protects=(),
    ),
    Holding(
        "crm.ExportSelection",
        About.NOBODY,
        RELATIONS,
        technical={
            **ROW,
            "reference": "reference of the export",
            "people": "numbers of rows, of people who were chosen",
            "chosen_at": "when they were chosen",
        },
        keeps=(
            Keep(
                "selection",
                anchor="chosen_at",
                days=7,
                citation="house rule: a file is fetched within seven days",
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.ExportedContact",
        About.SUBJECT,
        ACCOUNTABILITY,
        path="contact",
        # Whoever received a person's data is still told when the person is erased (Art. 19).
        survives=True,
        evidence=True,
        data={"given_at": Datum(Kind.DEALING, Origin.ASSIGNED, becomes=Becomes.STAYS)},
        technical={**ROW, **PERSON, "export": "the export in which the person's data went out"},
        keeps=(
            Keep(
                "disclosure",
                anchor="given_at",
                years=6,
                citation="policy S98: up to six years; Art. 15(1)(c), Art. 19, s.23",
            ),
        ),
        protects=(),
    ),
    Holding(
        "crm.HolderNotice",
        About.SUBJECT,
        ACCOUNTABILITY,
        path="contact",
        # That a holder was told is evidence; that one is still to be told outlives the record.
        survives=True,
        evidence=True,
        data={
            "arose_at": Datum(Kind.PREFERENCE, Origin.OBSERVED, becomes=Becomes.STAYS),
            "told_at": Datum(Kind.DEALING, Origin.ASSIGNED, becomes=Becomes.STAYS),
            "how": Datum(Kind.DEALING, Origin.ASSIGNED, becomes=Becomes.STAYS),
        },
        technical={
            **ROW,
            **PERSON,
            "export": "the export of which the holder has the file",
            "told_by": "the operator who told the holder",
        },
        keeps=(
            Keep(
                "told",
                anchor="told_at",
                years=6,
                citation="policy S98: up to six years; Art. 19, s.23, s.35L",
            ),
        ),
        protects=(),
    ),
    Store(
        "imports",
        About.SUBJECT,
        "imports",
        "address files that wait for their import, encrypted, under their reference",
        "each goes when its import is done; one left lying with the nightly sweep after 7 days",
        days=7,
        sealed=True,
    ),
    Store(
        "rejects",
        About.SUBJECT,
        "rejects",
        "rows that an import handed back to be corrected, encrypted",
        "with the nightly sweep, a day later",
        days=1,
        sealed=True,
    ),
    Holding(
        "crm.Tag",
        About.NOBODY,
        RELATIONS,
        technical={**ROW, "name": "a word of the office's list, the same for everybody"},
        protects=(),
    ),
    Holding(
        "crm.ContactTag",
        About.SUBJECT,
        RELATIONS,
        path="contact",
        data={"tag": Datum(Kind.PROFESSIONAL, Origin.ASSIGNED)},
        technical={
            **ROW,
            **PERSON,
            "tagged_by": "the operator who put it there",
            "tagged_at": "when it was put there",
        },
        protects=(),
    ),
    Holding(
        "crm.SavedView",
        About.OPERATOR,
        ACCOUNTS,
        account="user",
        data={"name": Datum(Kind.ACCOUNT)},
        technical={
            **ROW,
            "user": "the operator who saved it",
            "listing": "the list",
            "query": "filters by their names and choices, never what was searched for",
        },
        protects=(),
    ),
    Holding(
        "crm.Team",
        About.NOBODY,
        ACCOUNTS,
        technical={**ROW, "name": "name of a team"},
        protects=(),
    ),
    Holding(
        "crm.UnderAgeRefusal",
        About.NOBODY,
        RELATIONS,
        technical={
            **ROW,
            "on": "day of the refusals",
            "entry_point": "form, import or console",
            "count": "how many entries were refused",
        },
        protects=(),
    ),
    Holding(
        "crm.User",
        About.OPERATOR,
        ACCOUNTS,
        # Journal and evidence point at whoever did something, long after they left.
        survives=True,
        data={
            "username": Datum(Kind.ACCOUNT, Origin.ASSIGNED, becomes=Becomes.PSEUDONYM),
            "first_name": Datum(Kind.ACCOUNT, becomes=Becomes.BLANK),
            "last_name": Datum(Kind.ACCOUNT, becomes=Becomes.BLANK),
            "email": Datum(Kind.ACCOUNT, becomes=Becomes.BLANK),
            "last_login": Datum(Kind.SECURITY, Origin.OBSERVED, becomes=Becomes.BLANK),
            # A salted hash.
            "password": Datum(Kind.SECURITY, becomes=Becomes.BLANK),
            # The link to the operator's own contact record.
            "contact": Datum(Kind.ACCOUNT, Origin.ASSIGNED, becomes=Becomes.BLANK),
        },
        technical={
            **ROW,
            "is_superuser": "right of the account",
            "is_staff": "right of the account",
            "uuid": "artificial identifier of the account",
            "is_active": "whether the account may sign in",
            "date_joined": "when the account was made",
            "disabled_on": "day on which the account ended",
            "forgotten_on": "day on which the account became artificial",
            "team": "the operator's team",
            "invited_by": "the operator who invited this one",
            "link_sent_at": "when the newest link to set a password was sent",
        },
        protects=("account.off", "account.on"),
        keeps=(
            Keep(
                "account",
                anchor="disabled_on",
                years=1,
                when={"is_active": False, "forgotten_on__isnull": True},
                citation="house rule: an account names nobody a year after it ended (S98)",
                marks="forgotten_on",
            ),
        ),
    ),
    Holding(
        "crm.User_proposed_roles",
        About.OPERATOR,
        ACCOUNTS,
        account="user",
        technical={**ROW, "user": "the account", "group": "a role that was asked for"},
        protects=(),
    ),
    Holding(
        "crm.Deputy",
        About.OPERATOR,
        ACCOUNTS,
        technical={
            **ROW,
            "reference": "artificial identifier of the act",
            "officer": "the operator whose approvals are lent",
            "deputy": "the operator to whom they are lent",
            "named_on": "first day",
            "until": "last day",
        },
        keeps=(Keep("deputy", anchor="until", years=6, citation="policy S98: up to six years"),),
        protects=(),
    ),
    Holding(
        "crm.User_groups",
        About.OPERATOR,
        ACCOUNTS,
        account="user",
        technical={**ROW, "user": "the account", "group": "a role of the console"},
        protects=(),
    ),
    Holding(
        "crm.User_user_permissions",
        About.OPERATOR,
        ACCOUNTS,
        account="user",
        technical={**ROW, "user": "the account", "permission": "a permission"},
        protects=(),
    ),
    history(
        models.Contact,
        path="id",
        activity=RELATIONS,
        data=CONTACT,
        technical=CONTACT_TECHNICAL,
        names=SPELLINGS,
    ),
    history(
        models.ContactPoint,
        path="contact",
        activity=RELATIONS,
        data=POINT,
        technical=POINT_TECHNICAL,
    ),
    history(
        models.PostalAddress,
        path="contact",
        activity=RELATIONS,
        data=ADDRESS,
        technical={**ROW, **PERSON},
    ),
    history(
        models.Demographics,
        path="contact",
        activity=RELATIONS,
        data=DEMOGRAPHICS,
        technical={**ROW, **PERSON},
        watched={},
    ),
    history(
        models.Role,
        path="contact",
        activity=RELATIONS,
        data=ROLE,
        technical=ROLE_TECHNICAL,
        watched=HR,
    ),
    history(
        models.Organisation, path="", activity=RELATIONS, data={}, technical=ORGANISATION_TECHNICAL
    ),
    history(
        models.Engagement, path="", activity=RELATIONS, data={}, technical=ENGAGEMENT_TECHNICAL
    ),
)
