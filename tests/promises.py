"""Clause by clause: where the program keeps a promise of the policy, and the test that proves it.

`python -m tests.promises` writes docs/promises.md. Nothing in it is typed twice: where a clause is
kept is where the source cites its number, and its proof is every test marked with it.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "promises.md"
APPS = ("config", "crm", "privacy", "retention", "templates")
CITED = re.compile(r"\bS(\d{1,3})(?:(?:–|-| to )S(\d{1,3}))?\b")
HEADER = """# What the privacy policy promises, and where it is kept

Written by `python -m tests.promises`; do not edit it by hand. A test fails when this list is not
up to date, and when a clause that it names is cited nowhere or proved by no test.

| Clause | What is promised | Where it is kept | Tests that prove it |
|---|---|---|---|
"""

CLAUSES = {
    "S1": "Each version of the notice is kept, with its digest and its dates",
    "S2": "It is known which company of the group speaks; a yes to one is none to another",
    "S4": "A consent from before the GDPR is not used",
    "S6": "Every letter names whom to ask about data protection",
    "S8": "No data without a purpose that still lives",
    "S9": "Details may be declined",
    "S10": "It is kept by which channel a detail or message came",
    "S11": "Sign-up says for what",
    "S12": "A form says why it asks, before anything is sent",
    "S13": "Private and business addresses are told apart",
    "S14": "Public profiles are kept as links, never copied",
    "S15": "Gender, language and birth date stand apart and are shown to few",
    "S16": "A subscription goes to the address that it was given for, and to no other",
    "S17": "An address of a subscription reaches no partner",
    "S25": "Sensitive data is not sought, and seen where it slips in",
    "S26": "Sensitive data stays on a legal condition alone",
    "S27": "Unsolicited sensitive data is decided about within 30 days",
    "S28": "The policy's whole list of sensitive data is looked for, and covered on screen",
    "S29": "Everybody has a source",
    "S30": "What the source of the data forbids is not done",
    "S31": "Bought data comes with evidence and goes no further than its licence",
    "S33": "Partners receive data on written terms alone",
    "S35": "It stays known from which source data came",
    "S36": "Suppliers of data are reviewed, and refused without a review",
    "S37": "Each purpose has exactly one legal basis",
    "S38": "A contract is a basis while there is an engagement",
    "S39": "A legal obligation names its statute",
    "S40": "Where the law asks for consent, nothing is sent without it",
    "S41": "A no to offers does not stop what the person asked for",
    "S42": "Profiling is a purpose of its own, to which one may object",
    "S43": "Support is a purpose of its own",
    "S44": "Improvement of services uses online data alone, for a short time",
    "S45": "A legal hold stops deletion, and says why",
    "S46": "Business intelligence sees no one's contact details",
    "S47": "What a contest collected has an end",
    "S48": "One chooses topics",
    "S49": "Data of an order serves the order",
    "S50": "Similar services are offered to those with an earlier dealing alone, for a time",
    "S51": "An address given for an order or enquiry is used for nothing else",
    "S52": "Every marketing message says how to stop the next",
    "S53": "What people write and say chooses no advertising",
    "S54": "Certain kinds of data are never combined",
    "S55": "A profile of interests has no name",
    "S56": "No new purpose without consent or a weighing",
    "S58": "A withdrawal counts from its receipt",
    "S59": "What was lawful before a withdrawal stays provable",
    "S60": "Legitimate interests are weighed in writing",
    "S61": "Overridden interests switch a purpose off",
    "S62": "Security and marketing are separate interests",
    "S63": "One may object to a legitimate interest, and it rests while weighed",
    "S65": "A no to marketing stands in the suppression file",
    "S66": "Personalisation uses no sensitive data",
    "S67": "Support is monitored for a limited time",
    "S69": "Web analytics knows no person",
    "S70": "Automated processing of customer history may be objected to",
    "S72": "Product development needs no contact details",
    "S73": "Marketing follows preferences and suppression",
    "S74": "A consent keeps how it was given, and its proof",
    "S75": "One consent is for one purpose and channel",
    "S76": "A refusal and a silence are recorded as such",
    "S77": "A consent is withdrawn in one step",
    "S78": "Cookies and trackers stand in a register",
    "S80": "One may refuse advertising by interest",
    "S81": "A refusal outlives the cookies of a browser",
    "S82": "The public pages need no cookie to be read",
    "S87": "A disclosure under a duty names its authority and approver",
    "S88": "A disclosure has one of four bases",
    "S93": "Every role signs in with a second factor, and attempts are limited",
    "S94": "Each role sees what it needs, and every view asks",
    "S97": "What no live purpose needs goes at once",
    "S98": "Nothing stays longer than six years but by statute or hold",
    "S99": "A routine removes what is due, and certifies it",
    "S100": "Nobody is introduced before their details were checked",
    "S101": "People are asked whether their details are still right",
    "S102": "Periods differ by kind of data, and can be shortened",
    "S103": "The nature of the data decides on the period",
    "S104": "Doubtful accuracy shortens the period",
    "S105": "Legal obligations decide on the period",
    "S106": "Whether there was a consultation or a contract decides on the period",
    "S107": "Country, sector and job role may decide on the period",
    "S108": "What a statute alone keeps leaves for the finance archive",
    "S113": "Nobody under sixteen is entered, and nothing of them stays",
    "S114": "A minor found on file is removed at once, by two people",
    "S115": "Marketing stops at the first word, without reasons",
    "S116": "A form says beforehand that data will be used for marketing",
    "S117": "Boxes are not ticked beforehand, and their words are kept",
    "S118": "Subscriptions are managed by a link, without an account",
    "S119": "A no counts by whichever way it comes",
    "S120": "Public pages say what a link to elsewhere means",
    "S121": "It is known who was told what, and when",
    "S125": "Processing can be restricted",
    "S136": "People can correct their details without formalities",
    "S137": "Hong Kong's and Europe's access rules both hold",
    "S138": "E-mail, SMS and telephone are refused each for itself",
    "S139": "STOP by SMS and a link in a mail are the same no",
    "S140": "Do Not Track and Global Privacy Control are honoured",
    "S141": "A changed notice is told to those it concerns",
    "S142": "A changed purpose is noticed before a notice is published",
    "S145": "It is known where the firm is controller, processor or both",
}


# Promises that the program does not keep yet.
OPEN: frozenset[str] = frozenset()


def marked() -> dict[str, list[str]]:
    """The tests of each clause, by file and name."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.clause":
                    for number in mark.args:
                        found[ast.literal_eval(number)].append(
                            f"{path.relative_to(ROOT)}::{node.name}"
                        )
    return found


def cited() -> dict[str, list[str]]:
    """The files that cite a clause; those of a range stand between its ends."""
    found = defaultdict(set)
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts:
                continue
            for first, last in CITED.findall(path.read_text()):
                for number in range(int(first), int(last or first) + 1):
                    found[f"S{number}"].add(str(path.relative_to(ROOT)))
    return {clause: sorted(paths) for clause, paths in found.items()}


def document() -> str:
    """The whole of docs/promises.md."""
    tests, places = marked(), cited()
    rows = [
        f"| {clause} | {promise} | {_listed(places.get(clause, []))} "
        f"| {'not yet' if clause in OPEN else _listed(tests[clause])} |\n"
        for clause, promise in CLAUSES.items()
    ]
    return HEADER + "".join(rows)


def _listed(names: list[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    DOCUMENT.write_text(document())
