"""What the library holds about its readers."""

from privacy.enums import About, Becomes, Kind, Origin
from privacy.inventory import ROW, Activity, Datum, Holding, Keep, declare

LENDING = "lending"

declare(
    Activity(LENDING, "lending books", "contract (Art. 6(1)(b))"),
    Holding(
        "library.Reader",
        About.SUBJECT,
        LENDING,
        path="pk",
        survives=True,
        names=(("name",),),
        data={
            "name": Datum(Kind.IDENTITY, identifies=True, becomes=Becomes.BLANK),
            "card": Datum(
                Kind.IDENTITY, Origin.ASSIGNED, identifies=True, becomes=Becomes.PSEUDONYM
            ),
            "last_visit_on": Datum(Kind.DEALING, Origin.OBSERVED, becomes=Becomes.STAYS),
        },
        technical={
            **ROW,
            "uuid": "artificial identifier of the reader",
            "disposed_at": "when the row became a tombstone",
        },
        keeps=(Keep("reader", anchor="last_visit_on", years=2, citation="house rule"),),
        protects=(),
    ),
    Holding(
        "library.Loan",
        About.SUBJECT,
        LENDING,
        path="reader",
        data={
            "title": Datum(Kind.DEALING),
            "fined_on": Datum(Kind.DEALING, Origin.OBSERVED),
        },
        technical={**ROW, "reader": "the person whom the row is about"},
        keeps=(
            Keep(
                "fine",
                anchor="fined_on",
                years=7,
                citation="Cap 112 s.51C",
                when={"fined_on__isnull": False},
                statute=True,
                remainder=("fined_on",),
            ),
        ),
        protects=(),
    ),
    Holding(
        "library.Note",
        About.SUBJECT,
        LENDING,
        path="loan__reader",
        data={"text": Datum(Kind.CORRESPONDENCE), "scan": Datum(Kind.DOCUMENT)},
        technical={**ROW, "loan": "the loan it is about"},
        files={"scan": "documents"},
        protects=(),
    ),
)
