"""What the privacy office itself holds: evidence, kept small and free of values."""

from privacy.enums import About, Becomes, Kind, Origin
from privacy.inventory import ROW, Activity, Datum, Holding, Keep, declare

ACCOUNTABILITY = "accountability"
SUPPRESSION = "suppression"

declare(
    Activity(
        ACCOUNTABILITY,
        "proving what was done with whose data and why",
        "legal obligation: Art. 5(2) GDPR, s.26 PDPO (Art. 6(1)(c))",
    ),
    Activity(
        SUPPRESSION,
        "making sure that an erased person is not entered again and an objection is kept (S64)",
        "legitimate interests (Art. 6(1)(f)); Art. 21(3)",
    ),
    Holding(
        "privacy.SuppressionEntry",
        # A digest leads to nobody without the key: no row names its person (law P6).
        About.NOBODY,
        SUPPRESSION,
        technical={
            **ROW,
            "reference": "artificial identifier of the entry",
            "case": "random reference shared by the entries of one case",
            "kind": "e-mail, phone or link",
            "scope": "what the entry forbids",
            "channel": "the marketing channel it forbids",
            "advisory": "whether the point is shared",
            "key_id": "name of the key",
            "norm_version": "version of the normal form",
            "digest": "keyed digest: pseudonymised personal data on a basis of its own (S64, S65)",
            "since": "when it was entered",
            "review_on": "when it is reviewed",
            "ended_at": "when it was lifted",
        },
    ),
    Holding(
        "privacy.SuppressionKey",
        About.NOBODY,
        SUPPRESSION,
        technical={
            **ROW,
            "key_id": "name of the key",
            "check_value": "digest of a constant under the key",
            "created_at": "when the key was first seen",
        },
    ),
    Holding(
        "privacy.LegalHold",
        About.SUBJECT,
        ACCOUNTABILITY,
        path="subject",
        survives=True,
        evidence=True,
        data={
            "scope": Datum(Kind.DEALING, Origin.ASSIGNED, becomes=Becomes.STAYS),
            "matter": Datum(Kind.DEALING, Origin.ASSIGNED, becomes=Becomes.BLANK),
            "reason": Datum(Kind.DEALING, Origin.ASSIGNED, becomes=Becomes.STAYS),
            "review_on": Datum(Kind.DEALING, Origin.ASSIGNED, becomes=Becomes.STAYS),
        },
        technical={
            **ROW,
            "reference": "artificial identifier of the hold",
            "subject": "the person held",
            "scope_reference": "artificial identifier of an organisation or engagement",
            "reminded_for": "review date of which the owner was reminded",
            "owner": "the operator who owns the hold",
            "placed_by": "the operator who placed it",
            "placed_at": "when it was placed",
            "released_at": "when it was released",
            "released_by": "the operator who released it",
        },
        keeps=(
            Keep("hold", anchor="released_at", years=6, citation="policy S98: up to six years"),
        ),
    ),
    Holding(
        "privacy.JournalEntry",
        About.OPERATOR,
        ACCOUNTABILITY,
        technical={
            **ROW,
            "number": "place in the chain",
            "at": "time of the act",
            "actor": "number of the operator's account",
            "verb": "name of the act",
            "object_type": "name of the model",
            "object_reference": "artificial identifier",
            "facts": "names of fields and counts; checked on the way in",
            "previous_digest": "link of the chain",
            "digest": "link of the chain",
        },
        keeps=(
            Keep(
                "journal", anchor="at", years=6, citation="policy S98: up to six years", chain=True
            ),
        ),
    ),
    Holding(
        "privacy.Disposal",
        About.NOBODY,
        ACCOUNTABILITY,
        technical={
            **ROW,
            "intent": "artificial identifier of the ledger's line",
            "subject_reference": "artificial identifier of a disposed person",
            "cause": "why the person was disposed of",
            "keep": "name of the rule",
            "disposed_at": "when",
        },
    ),
    Holding(
        "privacy.FileRemoval",
        About.NOBODY,
        ACCOUNTABILITY,
        technical={
            **ROW,
            "storage": "alias of a storage",
            "name": "random name of a file",
            "asked_at": "when its removal was asked",
            "attempts": "how often it was tried",
        },
    ),
    Holding(
        "privacy.Finding",
        About.NOBODY,
        ACCOUNTABILITY,
        technical={
            **ROW,
            "found_at": "when it was found",
            "cause": "residue, or a suppressed point that came in past the guard",
            "subject_reference": "artificial identifier of a disposed person",
            "place": "table and column, or store",
            "row_reference": "number of the row",
            "needle_kind": "kind of identifier, never the identifier",
            "settled_at": "when it was settled",
        },
        keeps=(
            Keep("finding", anchor="settled_at", years=6, citation="policy S98: up to six years"),
        ),
    ),
    Holding(
        "privacy.Permit",
        About.NOBODY,
        ACCOUNTABILITY,
        technical={**ROW, "token": "random token of one transaction"},
    ),
)
