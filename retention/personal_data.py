"""What the nightly sweep holds: references and counts."""

from privacy.enums import About
from privacy.inventory import ROW, Activity, Holding, Keep, declare

SWEEP = "retention"
ARCHIVE = "finance-only archive"
LAWS = "Cap 112 s.51C, Cap 622 s.377"
# The end of the law's own period, computed when the row was taken: nothing is added to it.
OVER = f"{LAWS}: until the day that the statute of its row named"

declare(
    Activity(
        SWEEP,
        "removing data on time, and proving it (S99)",
        "legal obligation: Art. 5(1)(e), 5(2) GDPR, s.26 PDPO (Art. 6(1)(c))",
    ),
    Activity(
        ARCHIVE,
        "keeping business and accounting records as long as tax and company law demand (S108)",
        f"legal obligation: {LAWS} (Art. 6(1)(c), 17(3)(b))",
    ),
    Holding(
        "retention.ArchivedRecord",
        # Sealed, and beside the seal nothing leads to anybody: it is found by its number alone.
        About.NOBODY,
        ARCHIVE,
        technical={
            "reference": "artificial identifier of the record",
            "rule": "name of the table and of the law in code",
            "statute": "the law and its section",
            "key_id": "name of the key",
            "payload": "the statute's remainder, encrypted under a key outside the database",
            "digest": "keyed digest of the number of the document",
            "due_on": "when it goes: the end of a whole financial year",
        },
        keeps=(Keep("archive", anchor="due_on", citation=OVER),),
    ),
    Holding(
        "retention.ArchiveNote",
        About.NOBODY,
        ARCHIVE,
        technical={
            **ROW,
            "person": "artificial identifier of a disposed person",
            "rule": "name of the table and of the law in code",
            "statute": "the law and its section",
            "until": "until when something is kept: the end of a whole financial year",
        },
        keeps=(Keep("note", anchor="until", citation=OVER),),
    ),
    Holding(
        "retention.ArchiveKey",
        About.NOBODY,
        ARCHIVE,
        technical={
            **ROW,
            "key_id": "name of the key",
            "check_value": "value derived from the key, from which it cannot be computed",
            "created_at": "when the key first sealed a record",
        },
    ),
    Holding(
        "retention.SweepRun",
        About.NOBODY,
        SWEEP,
        technical={
            **ROW,
            "uuid": "artificial identifier of the run",
            "night": "day for which it ran",
            "rule_set": "digest of the rules",
            "mode": "rehearsal or application",
            "state": "where it stands",
            "started_at": "when it started",
            "started_by": "the operator who started it, if it was not the timetable",
            "finished_at": "when it finished",
            "counts": "numbers by rule and table",
        },
    ),
    Holding(
        "retention.SweepBatch",
        About.NOBODY,
        SWEEP,
        technical={
            **ROW,
            "run": "the run",
            "number": "place in the run",
            "rule": "name of the rule",
            "rows": "row numbers, artificial",
            "mentions": "places and row numbers of mentions elsewhere, never the words",
            "state": "where it stands",
            "lease_until": "until when a worker has it",
            "attempts": "how often it was taken",
            "counts": "numbers by table",
            "held": "how many were on hold",
        },
    ),
    Holding(
        "retention.SweepRelease",
        About.NOBODY,
        SWEEP,
        technical={
            **ROW,
            "run": "the run",
            "rule": "name of the rule",
            "started_by": "the operator who started the run",
            "proposed_by": "the operator who proposed the rule",
            "released_by": "the operator who released it",
            "released_at": "when it was released",
        },
    ),
    Holding(
        "retention.RetentionRule",
        About.NOBODY,
        SWEEP,
        technical={
            **ROW,
            "reference": "artificial identifier of the rule",
            "keep": "name of a period in code",
            "activity": "name of an activity in code",
            "years": "the period",
            "months": "the period",
            "days": "the period",
            "scope": "kinds, countries, sectors and titles that many have; offered, never typed",
            "cap_rows": "how many rows always pass",
            "cap_share": "which share of the table passes",
            "decision": "number of the decision, of capitals and digits",
            "effective_on": "first day of the rule",
            "version": "number of the version",
            "supersedes": "the version before",
            "prepared_by": "the operator who proposed it",
            "prepared_at": "when it was proposed",
            "approved_by": "the operator who approved it",
            "approved_at": "when it was approved",
            "impact": "numbers by class",
            "impact_digest": "digest of what the approver saw",
            "withdrawn_by": "the operator who withdrew it",
            "withdrawn_on": "the day of its withdrawal",
        },
        keeps=(
            Keep(
                "draft",
                anchor="prepared_at",
                days=90,
                when={"approved_at__isnull": True},
                citation="house rule: a proposal that nobody approved within 90 days",
            ),
        ),
    ),
    Holding(
        "retention.Certificate",
        About.NOBODY,
        SWEEP,
        technical={
            **ROW,
            "number": "place in the chain",
            "uuid": "artificial identifier of the certificate",
            "run": "the run",
            "issued_at": "when it was issued",
            "content": "counts, names of rules, artificial identifiers and digests",
            "previous_digest": "digest of the certificate before it",
            "digest": "keyed digest of this one",
        },
    ),
    Holding(
        "retention.NightNotice",
        About.NOBODY,
        SWEEP,
        technical={
            **ROW,
            "night": "the night",
            "kind": "report, alert or missed",
            "claimed_at": "when a worker took it",
            "sent_at": "when it was sent",
        },
        keeps=(Keep("notice", anchor="night", years=6, citation="policy S98: up to six years"),),
    ),
)
