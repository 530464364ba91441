"""The invented weighings: each interest by one officer, approved by another, but for one.

That one waits for its second person, so that the gate does not use it; another is looked at again
soon.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from privacy import purposes
from privacy.enums import Basis, Outcome

# Nobody else has looked at it yet.
WAITS = "artificial-intelligence"
# The review of these is near; of the others it comes one after the other.
NEAR = {"web-analytics": timedelta(days=20)}
FAR, APART = timedelta(days=150), timedelta(days=12)
# What the firm wants, why it needs data for it, what it means for people, what protects them.
PARTS = {
    "individual-rights": (
        "To answer people who use their rights, and to be able to show it.",
        "Without the request and its answer nobody could be told what was done.",
        "Good: their rights work. Bad: that somebody asked stays known for some years.",
        "Few may open it; it serves nothing else, and goes on its day.",
    ),
    "suppression": (
        "Not to write again to somebody who said no.",
        "A deleted address comes back with the next list, unless its digest is kept.",
        "Good: the no holds. Bad: something of them is kept for it.",
        "A keyed digest alone, no name, no value that anybody can read.",
    ),
    "personalisation": (
        "To show clients first what concerns their trade.",
        "Profession and earlier work are enough; nothing private is used.",
        "Good: less to read. Bad: somebody may feel sorted.",
        "Two years, an objection at any time, and nothing is hidden from anybody.",
    ),
    "monitoring": (
        "To find out why an answer took long, and to teach colleagues.",
        "A sample of one in twenty conversations; counts alone do not say why.",
        "Good: better answers. Bad: a third person reads what was written.",
        "Callers are told first; the sample goes after three months.",
    ),
    WAITS: (
        "To bring a message to the right desk sooner.",
        "The words of the message; who wrote it is not needed and not given.",
        "Good: a quicker answer. Bad: a wrong desk now and then.",
        "A colleague decides; the model learns nothing from the messages.",
    ),
    "web-analytics": (
        "To know which pages of the site are read.",
        "Counts by page and day; no visitor is followed from site to site.",
        "Good: pages that help. Bad: a visit leaves a trace for thirteen months.",
        "No name, no address, and whoever asks not to be tracked is not counted.",
    ),
    "customer-history": (
        "To remind account managers of clients who have gone quiet.",
        "Days and kinds of dealings; what was said is not needed.",
        "Good: nobody is forgotten. Bad: a call that was not wished.",
        "No decision follows from it alone, and an objection ends it.",
    ),
    "security": (
        "To keep intruders out, and to find out what they did.",
        "Log lines name accounts and addresses, without which none can be shut out.",
        "Good: data are safe. Bad: each sign-in stays known for a year.",
        "Two people may read the log, and nobody measures colleagues by it.",
    ),
    "product-development": (
        "To offer what clients come back for.",
        "Which services were bought together; names are taken off first.",
        "Good: better services. Bad: little, as nobody is told apart.",
        "Groups under ten are left out; two years.",
    ),
    "marketing": (
        "To tell business people of our work by telephone where the law lets us.",
        "Name, firm and number; no list is bought for it.",
        "Good: they hear of it. Bad: a call at a bad moment.",
        "Office hours alone, one call a year, and a no holds for good.",
    ),
    "accuracy": (
        "To hold details that are right.",
        "One question to the address itself; nothing else finds a wrong one.",
        "Good: nothing goes astray. Bad: one mail a year.",
        "No other content, and one click answers it.",
    ),
    "fraud": (
        "To keep to agreements, and to prove them.",
        "Who agreed to what, and what was done; a claim fails without it.",
        "Good: honest clients are protected. Bad: somebody may be suspected wrongly.",
        "Two officers decide, and whoever is suspected is heard.",
    ),
    "service-improvement": (
        "To repair what fails on our pages.",
        "The page and the failure; the visitor is not needed.",
        "Good: it works the next time. Bad: little.",
        "No name, and thirteen months at most.",
    ),
    "business-intelligence": (
        "To know how the firm is doing.",
        "Sums of work by quarter; no person is shown.",
        "Good: none. Bad: none that we know of.",
        "Groups under ten are left out.",
    ),
    "profiling": (
        "To learn which subjects are read together.",
        "Pages under a pseudonym that changes each month.",
        "Good: subjects that fit. Bad: a guess about somebody may be wrong.",
        "No name is ever joined to it, nothing sensitive, and an objection ends it.",
    ),
    "interest-advertising": (
        "To show our own advertisements where they concern somebody.",
        "The subject of the page; no profile from elsewhere.",
        "Good: fewer advertisements. Bad: somebody may feel watched.",
        "Only after consent to the cookie, and an objection ends it.",
    ),
    "similar-services": (
        "To tell clients of services like the one that they bought.",
        "Their address and what they bought, for two years.",
        "Good: they learn of it. Bad: a mail that was not wished.",
        "A no is one click, in every mail, and was offered when they bought.",
    ),
}


def write(*, on: date, officers: Sequence[Any]) -> None:
    """Weigh each purpose on interests, by the doors through which an office does it."""
    one, two = officers
    # As of the day on which it is really weighed: a review comes after it.
    today = max(on, timezone.localdate())
    resting = [p for p in purposes.DECLARED if p.basis == Basis.LEGITIMATE_INTERESTS]
    for n, declared in enumerate(resting):
        purpose = purposes.named(declared.key)
        interest, necessity, impact, safeguards = PARTS[declared.key]
        purposes.assess(
            purpose,
            interest=interest,
            necessity=necessity,
            impact=impact,
            safeguards=safeguards,
            outcome=Outcome.PASSED,
            review_on=today + NEAR.get(declared.key, FAR + n * APART),
            by=one,
        )
        if declared.key != WAITS:
            purposes.approve_assessment(purpose, by=two)
