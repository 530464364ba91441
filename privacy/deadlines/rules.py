"""The periods of the law as a table: regime and right to period, and the place where it stands."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.deadlines.errors import DeadlineError
from privacy.enums import CLOCKED, Regime, Right


@dataclass(frozen=True, slots=True)
class Rule:
    """One period. Of months, days, working days, years and hours one is set."""

    source: str
    months: int = 0
    days: int = 0
    working_days: int = 0
    years: int = 0
    hours: int = 0
    # Whether a period that ends on a holiday ends on the next working day.
    rolls: bool = True
    # Months from receipt when a notice is sent in time; 0 where the law knows no extension.
    extended_months: int = 0
    # Whether the clock stands still while identity or scope is asked (EDPB Guidelines 01/2022).
    pauses: bool = False
    # The day after receipt beyond which no extension reaches (PDPO s.19(1), s.23(1)).
    never_past_day: int = 0


ART_12_3 = Rule("Art. 12(3) GDPR", months=1, extended_months=3, pauses=True)
ART_12_4 = Rule("Art. 12(4) GDPR", months=1)
UPON_RECEIPT = Rule("Art. 7(3), 21(3) GDPR; policy: upon receipt", rolls=False)
POLICY = Rule("policy: within one month", months=1, extended_months=3)
POLICY_PDPO = Rule(
    "policy: within one month; PDPO s.19(1), s.23(1)",
    months=1,
    extended_months=3,
    never_past_day=40,
)

_ASKED = (Right.ERASURE, Right.RESTRICTION, Right.PORTABILITY, Right.OBJECTION)
RULES: dict[tuple[Regime, Right], Rule] = {
    **{
        (Regime.EU_GDPR, right): ART_12_3 for right in (Right.ACCESS, Right.RECTIFICATION, *_ASKED)
    },
    (Regime.EU_GDPR, Right.REFUSAL): ART_12_4,
    (Regime.EU_GDPR, Right.ART14_NOTICE): Rule("Art. 14(3)(a) GDPR", months=1, rolls=False),
    (Regime.EU_GDPR, Right.BREACH_NOTICE): Rule("Art. 33(1) GDPR", hours=72, rolls=False),
    (Regime.HK_PDPO, Right.ACCESS): Rule("PDPO (Cap 486) s.19(1)", days=40),
    (Regime.HK_PDPO, Right.RECTIFICATION): Rule("PDPO (Cap 486) s.23(1)", days=40),
    (Regime.HK_PDPO, Right.REFUSAL): Rule("PDPO (Cap 486) s.21(1), s.25(1)", days=40),
    (Regime.HK_PDPO, Right.ORAL_CONSENT): Rule("PDPO (Cap 486) s.35E(1)(b)", days=14),
    (Regime.HK_PDPO, Right.UNSUBSCRIBE): Rule("UEMO (Cap 593) s.10(2)", working_days=10),
    (Regime.HK_PDPO, Right.UNSUBSCRIBE_RECORD): Rule(
        "UEMO (Cap 593) s.9(3)", years=3, rolls=False
    ),
    (Regime.HK_PDPO, Right.ACCOUNTING_RECORD): Rule("Cap 622 s.377", years=7, rolls=False),
    (Regime.HK_PDPO, Right.EMPLOYEE_RECORD): Rule(
        "PCPD Code of Practice on Human Resource Management", years=7, rolls=False
    ),
    (Regime.HK_PDPO, Right.REFUSAL_RECORD): Rule(
        "PDPO (Cap 486) s.27(3): four years from the entry", years=4, rolls=False
    ),
    (Regime.POLICY, Right.RECORD): Rule(
        "policy S98: up to six years from the last dealing", years=6, rolls=False
    ),
    (Regime.POLICY, Right.ACCESS): POLICY_PDPO,
    (Regime.POLICY, Right.RECTIFICATION): POLICY_PDPO,
    **{(Regime.POLICY, right): POLICY for right in _ASKED},
    (Regime.POLICY, Right.REFUSAL): Rule("policy: within one month", months=1),
    (Regime.POLICY, Right.ENQUIRY): Rule("policy: within 30 days", days=30),
    **{
        (regime, right): UPON_RECEIPT
        for regime in CLOCKED
        for right in (Right.MARKETING_OBJECTION, Right.WITHDRAWAL)
    },
}

# On which calendar a regime rolls by itself: a Hong Kong controller has no Member State's.
OWN_CALENDAR = {Regime.EU_GDPR: "NONE", Regime.HK_PDPO: "HK_GENERAL", Regime.POLICY: "NONE"}

NO_PAUSE: dict[Regime, str | Promise] = {
    Regime.HK_PDPO: gettext_lazy(
        "The PDPO knows no pause: refuse in writing inside day 40, and open it again (s.20, s.21)."
    ),
    Regime.POLICY: gettext_lazy("The policy's month knows no pause."),
    Regime.EU_GDPR: gettext_lazy("This clock knows no pause."),
}


def rule_for(regime: Regime, right: Right) -> Rule:
    """The rule; DeadlineError names the rights that the regime has."""
    if rule := RULES.get((regime, right)):
        return rule
    rights = ", ".join(sorted(other for of, other in RULES if of == regime))
    raise DeadlineError(
        _("%(regime)s has no clock for %(right)s; it has: %(rights)s.")
        % {"regime": regime, "right": right, "rights": rights}
    )
