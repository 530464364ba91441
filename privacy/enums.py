"""The words in which the privacy office describes data and what is done with it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class About(models.TextChoices):
    """Whom a row concerns."""

    SUBJECT = "subject", _("a data subject")
    OPERATOR = "operator", _("one of our own operators")
    NOBODY = "nobody", _("nobody")


class Kind(models.TextChoices):
    """The kind of datum, as the record of processing names it (Art. 30(1)(c))."""

    IDENTITY = "identity", _("identity")
    CONTACT = "contact", _("contact details")
    DEMOGRAPHIC = "demographic", _("demographic data")
    PROFESSIONAL = "professional", _("professional life")
    CORRESPONDENCE = "correspondence", _("correspondence")
    DOCUMENT = "document", _("documents")
    DEALING = "dealing", _("dealings with us")
    ONLINE = "online", _("web and mobile activity")
    PREFERENCE = "preference", _("preferences and objections")
    FINANCE = "finance", _("invoices")
    PROVENANCE = "provenance", _("source of the data")
    ACCOUNT = "account", _("operator account")
    SECURITY = "security", _("security log")


class Criterion(models.TextChoices):
    """What the policy weighs when it says how long data stays (S103 to S107)."""

    NATURE = "nature", _("the nature of the personal data (S103)")
    ACCURACY = "accuracy", _("its perceived accuracy (S104)")
    LAW = "law", _("our legal obligations (S105)")
    AGREEMENT = "agreement", _("whether a consultation or contract was arranged (S106)")
    INDUSTRY = "industry", _("country, sector and job role (S107)")


class Origin(models.TextChoices):
    """Where a datum came from; decides portability (Art. 20) and the notice (Art. 13, 14)."""

    PROVIDED = "provided", _("provided by the person")
    OBSERVED = "observed", _("observed from the person's use")
    OBTAINED = "obtained", _("obtained from somebody else")
    DERIVED = "derived", _("derived by us")
    ASSIGNED = "assigned", _("assigned by us")


class Becomes(models.TextChoices):
    """What a column holds when the time of its datum is over."""

    GOES = "goes", _("goes with its row")
    BLANK = "blank", _("is blanked")
    PSEUDONYM = "pseudonym", _("becomes a fresh random identifier")
    GENERALISED = "generalised", _("keeps its year alone")
    STAYS = "stays", _("stays, as it no longer identifies")


class PointKind(models.TextChoices):
    """A way to reach one person."""

    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("telephone number")
    LINK = "link", _("profile link")


class SuppressionScope(models.TextChoices):
    """What a suppression entry forbids."""

    NO_REENTRY = "no_reentry", _("no re-entry")
    NO_MARKETING = "no_marketing", _("no marketing")


class Channel(models.TextChoices):
    """A channel of marketing messages (S138)."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    PHONE = "phone", _("telephone")


class HoldScope(models.TextChoices):
    """Whom a legal hold covers."""

    PERSON = "person", _("person")
    ORGANISATION = "organisation", _("organisation")
    ENGAGEMENT = "engagement", _("engagement")


class HoldReason(models.TextChoices):
    """Why data must not be destroyed yet; a closed list, so that no reason names a person."""

    CLAIM = "claim", _("legal claim, brought or defended (Art. 17(3)(e))")
    FRAUD = "fraud", _("suspected fraud (S45)")
    AGREEMENT = "agreement", _("enforcement of an agreement (S45)")
    AUTHORITY = "authority", _("order of an authority (Art. 17(3)(b))")
    DEED = "deed", _("twelve-year limitation of a deed (Cap 347 s.4(3))")


class RestrictionGround(models.TextChoices):
    """Why a person's data are restricted (Art. 18(1))."""

    ACCURACY = "accuracy", _("the person contests their accuracy (Art. 18(1)(a))")
    UNLAWFUL = "unlawful", _("unlawful, and the person wants them kept (Art. 18(1)(b))")
    CLAIMS = "claims", _("the person needs them for legal claims (Art. 18(1)(c))")
    OBJECTION = "objection", _("an objection is being weighed (Art. 18(1)(d))")


class LiftGround(models.TextChoices):
    """Why a restriction ends."""

    ACCURATE = "accurate", _("the data were verified, or corrected")
    LAWFUL = "lawful", _("the processing is lawful now")
    CLAIMS_OVER = "claims_over", _("the person's claims are over")
    WEIGHED = "weighed", _("the objection was weighed")
    WISH = "wish", _("the person asked for it")


class Announcement(models.TextChoices):
    """How a person was told beforehand (Art. 18(3))."""

    EMAIL = "email", _("e-mail")
    LETTER = "letter", _("letter")
    PHONE = "phone", _("telephone")


class ObjectionGround(models.TextChoices):
    """What in the person's particular situation speaks against a purpose (Art. 21(1))."""

    PRIVATE_LIFE = "private_life", _("private or family life")
    SAFETY = "safety", _("safety or protection")
    WORK = "work", _("work or reputation")
    BELIEF = "belief", _("belief or conviction")
    UNSAID = "unsaid", _("not said")


class ObjectionOutcome(models.TextChoices):
    """What came of weighing an objection."""

    UPHELD = "upheld", _("upheld: the purpose stays off for them")
    OVERRIDDEN = "overridden", _("overridden by compelling grounds of ours")


class CounterGround(models.TextChoices):
    """What alone overrides an objection (Art. 21(1))."""

    COMPELLING = "compelling", _("compelling legitimate grounds")
    CLAIMS = "claims", _("legal claims")


class OptOutWay(models.TextChoices):
    """By which way a “no” to messages arrived (S119, S139)."""

    LINK = "link", _("link of a message")
    ONE_CLICK = "one_click", _("one click in a mail program")
    PREFERENCES = "preferences", _("page of one's choices")
    SMS = "sms", _("SMS")
    MAIL = "mail", _("e-mail")
    COMPLAINT = "complaint", _("complaint through a mail provider")


class LeftCause(models.TextChoices):
    """Why a mail that came in waits for a person."""

    REPORT = "report", _("a report about no delivery of ours, or of an unknown kind")
    LETTER = "letter", _("no report: somebody may have written")
    DAMAGED = "damaged", _("damaged")
    TOO_LARGE = "too_large", _("too large to be a report")


class SensitiveKind(models.TextChoices):
    """What the policy calls sensitive, wider than Art. 9 and 10 (S28)."""

    CARD = "card", _("payment card number")
    IDENTITY_NUMBER = "identity_number", _("identity or passport number")
    ACCOUNT = "account", _("bank account number")
    HEALTH = "health", _("health")
    RELIGION = "religion", _("religion or belief")
    POLITICS = "politics", _("political opinions")
    UNION = "union", _("trade-union membership")
    ETHNICITY = "ethnicity", _("racial or ethnic origin")
    SEX_LIFE = "sex_life", _("sexual life")
    BIOMETRIC = "biometric", _("biometric or genetic data")
    CRIMINAL = "criminal", _("criminal record")


class QuarantineState(models.TextChoices):
    """What became of a text that seems to hold sensitive data."""

    WAITING = "waiting", _("waits for a decision")
    KEPT = "kept", _("kept on a condition")
    DISMISSED = "dismissed", _("false alarm")
    DELETED = "deleted", _("deleted")


class Condition(models.TextChoices):
    """On which condition sensitive data are kept (Art. 9(2), 10); S27's consent is none (C5)."""

    EXPLICIT_CONSENT = "9_2_a", _("explicit consent for this purpose, on record (Art. 9(2)(a))")
    EMPLOYMENT = "9_2_b", _("employment or social-protection law (Art. 9(2)(b))")
    VITAL = "9_2_c", _("vital interests, and the person cannot consent (Art. 9(2)(c))")
    MADE_PUBLIC = "9_2_e", _("manifestly made public by the person (Art. 9(2)(e))")
    CLAIMS = "9_2_f", _("legal claims (Art. 9(2)(f))")
    CRIMINAL_LAW = "10", _("criminal data, authorised by a law (Art. 10)")
    OTHER_NUMBER = "number", _("identity or account number needed, and no less would do (DPP 1)")


class FalseAlarm(models.TextChoices):
    """Why a text holds no sensitive data after all."""

    NUMBER = "number", _("the number is another one")
    ABOUT_NOBODY = "about_nobody", _("it is about no living person")
    OTHER_MEANING = "other_meaning", _("the words mean something else")


class DisposalCause(models.TextChoices):
    """Why a person was disposed of."""

    RETENTION = "retention", _("retention period over (Art. 5(1)(e), s.26)")
    ERASURE = "erasure", _("erasure request (Art. 17)")
    UNDER_AGE = "under_age", _("under sixteen (S113)")
    REPLAY = "replay", _("disposed of again after a restore")
    UNDO = "undo", _("undo of the import that entered the person")


class Look(models.TextChoices):
    """In which way somebody looked at HR or demographic data (S93, S94)."""

    PAGE = "page", _("page")
    LIST = "list", _("list")
    COMPARISON = "comparison", _("comparison of two records")
    FILE = "file", _("file")
    COMMAND = "command", _("command")


class Needle(models.TextChoices):
    """What the residue search looks for."""

    NAME = "name", _("full name")
    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("telephone number")
    LINK = "link", _("profile link")
    REFERENCE = "reference", _("reference")


class FindingCause(models.TextChoices):
    """Why something must not be where it was found."""

    RESIDUE = "residue", _("residue of a disposed person")
    BROKEN = "broken", _("evidence that is not what Lethe wrote")
    SMUGGLED = "smuggled", _("suppressed, and on file all the same")
    UNOPENED = "unopened", _("a stored file that is missing or does not open")
    MISSING = "missing", _("a file to remove that is not there")


class Language(models.TextChoices):
    """A language in which the firm speaks to people."""

    ENGLISH = "en", _("English")
    CHINESE = "zh-hant", _("Traditional Chinese")


class Article(models.TextChoices):
    """Which duty to inform a notice served: data from the person, or from elsewhere."""

    ART_13 = "13", _("data from the person (Art. 13)")
    ART_14 = "14", _("data from elsewhere (Art. 14)")


class Told(models.TextChoices):
    """How a person was told, or on which ground they need not be told (Art. 14(5))."""

    FORM = "form", _("with the form or sign-up")
    EMAIL = "email", _("by e-mail")
    LETTER = "letter", _("by letter")
    ORAL = "oral", _("orally, and the text was handed over")
    IMPORT = "import", _("with the first message after an import")
    HAS_IT = "has_it", _("not needed: has the information already (Art. 14(5)(a))")
    EFFORT = "effort", _("not needed: impossible or disproportionate effort (Art. 14(5)(b))")
    LAW = "law", _("not needed: a law lays down the obtaining (Art. 14(5)(c))")
    SECRECY = "secrecy", _("not needed: professional secrecy (Art. 14(5)(d))")


# Grounds on which somebody need not be told; each rests on a written assessment.
EXCEPTIONS = (Told.HAS_IT, Told.EFFORT, Told.LAW, Told.SECRECY)


class Extent(models.TextChoices):
    """What a version of a notice changes against the one before it (S142)."""

    WORDING = "wording", _("the wording only")
    CONTENT = "content", _("purposes, recipients or periods")


class Way(models.TextChoices):
    """How data already held come under an added or changed purpose (Art. 13(3), 14(4))."""

    TOLD = "told", _("people are told before it begins")
    CONSENT = "consent", _("only of those who agree to it")


class Reach(models.TextChoices):
    """Who is told of a version of the notice (S141)."""

    EARLIER = "earlier", _("who was told of another version, or agreed under one")
    USED = "used", _("whose data the changed purposes use")
    UNTOLD = "untold", _("whose data came from elsewhere, and who was told nothing yet")
    EVERYBODY = "everybody", _("everybody on file")


class Basis(models.TextChoices):
    """The four legal bases that the policy knows; a purpose has exactly one (S37)."""

    CONSENT = "consent", _("consent (Art. 6(1)(a))")
    CONTRACT = "contract", _("contract (Art. 6(1)(b))")
    LEGAL_OBLIGATION = "legal_obligation", _("legal obligation (Art. 6(1)(c))")
    LEGITIMATE_INTERESTS = "legitimate_interests", _("legitimate interests (Art. 6(1)(f))")


class Outcome(models.TextChoices):
    """What came of weighing the firm's interests against the person's (S60, S61)."""

    PASSED = "passed", _("passed: the interests prevail, with the safeguards named")
    OVERRIDDEN = "overridden", _("overridden: the purpose is switched off")


class Weighing(models.TextChoices):
    """Where a purpose on legitimate interests stands with its weighing on a day (S60)."""

    NEVER = "never", _("never weighed")
    WAITING = "waiting", _("waits for a second person")
    OVER = "over", _("its review is over")
    NEAR = "near", _("its review is near")
    OVERRIDDEN = "overridden", _("overridden")
    WEIGHED = "weighed", _("weighed")


# Somebody has to act, so that the purpose goes on.
TO_WEIGH = (Weighing.NEVER, Weighing.WAITING, Weighing.OVER, Weighing.NEAR)


class Nature(models.TextChoices):
    """What a purpose does with people; a “no” to marketing never stops service (S41)."""

    SERVICE = "service", _("service, asked for or owed")
    MARKETING = "marketing", _("direct marketing")
    PROVISION = "provision", _("giving data to others for their marketing (s.35J)")
    INTERNAL = "internal", _("internal; no message is sent")


class ConsentKind(models.TextChoices):
    """What a person said about one purpose on one channel; silence is written down too (S76)."""

    GIVEN = "given", _("given")
    CONFIRMED = "confirmed", _("confirmed in writing")
    NOT_ANSWERED = "not_answered", _("not answered")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    OBJECTED = "objected", _("objected")


# From the mildest to the strongest.
NOES = (ConsentKind.REFUSED, ConsentKind.WITHDRAWN, ConsentKind.OBJECTED)


class ConsentMethod(models.TextChoices):
    """How it was said (S74)."""

    ORAL = "oral", _("orally")
    EMAIL = "email", _("by e-mail")
    PAPER = "paper", _("on paper")
    ONLINE = "online", _("online")
    SMS = "sms", _("by SMS")
    IMPORT = "import", _("learned from an import")


# Nobody has written consent who only spoke, or of whom somebody else said it (s.35J, s.35K).
WRITTEN = (ConsentMethod.EMAIL, ConsentMethod.PAPER, ConsentMethod.ONLINE)


class ConsentState(models.TextChoices):
    """Where a person stands on a day; computed from their events, never stored."""

    NEVER_ASKED = "never_asked", _("never asked")
    GIVEN = "given", _("given")
    AWAITING = "awaiting", _("oral, waits for its written confirmation")
    LAPSED = "lapsed", _("oral, not confirmed in writing within 14 days")
    EXPIRED = "expired", _("expired")
    LEGACY = "legacy", _("given before 25 May 2018, not usable")
    NOT_ANSWERED = "not_answered", _("not answered")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    OBJECTED = "objected", _("objected")


class Regime(models.TextChoices):
    """Whose rights a person has; several may apply, the most favourable governs (S3)."""

    EU_GDPR = "EU_GDPR", _("GDPR (European Union)")
    HK_PDPO = "HK_PDPO", _("PDPO (Hong Kong)")
    UK_GDPR = "UK_GDPR", _("UK GDPR")
    POLICY = "POLICY", _("the firm's published policy")


# Whose clocks are computed (law 2). Somebody in the United Kingdom is answered within the
# policy's month: that of Art. 12A UK GDPR can only begin on the same day or later.
CLOCKED = (Regime.EU_GDPR, Regime.HK_PDPO, Regime.POLICY)


class Right(models.TextChoices):
    """What somebody asked, or what the law makes the firm do by a day."""

    ACCESS = "access", _("access")
    RECTIFICATION = "rectification", _("rectification")
    ERASURE = "erasure", _("erasure")
    RESTRICTION = "restriction", _("restriction")
    PORTABILITY = "portability", _("portability")
    OBJECTION = "objection", _("objection")
    MARKETING_OBJECTION = "marketing_objection", _("objection to marketing")
    WITHDRAWAL = "withdrawal", _("withdrawal of consent")
    REFUSAL = "refusal", _("notice of a refusal")
    ENQUIRY = "enquiry", _("general enquiry")
    ART14_NOTICE = "art14_notice", _("notice about data from elsewhere")
    BREACH_NOTICE = "breach_notice", _("notice of a breach to the authority")
    ORAL_CONSENT = "oral_consent", _("written confirmation of an oral consent")
    UNSUBSCRIBE = "unsubscribe", _("end of commercial messages")
    UNSUBSCRIBE_RECORD = "unsubscribe_record", _("record of an unsubscribe request")
    ACCOUNTING_RECORD = "accounting_record", _("accounting record")
    EMPLOYEE_RECORD = "employee_record", _("record of a former employee")
    REFUSAL_RECORD = "refusal_record", _("entry in the log book of refusals")
    RECORD = "record", _("any other record")


class Need(models.TextChoices):
    """What a law asks for before marketing on a channel."""

    CONSENT = "consent", _("consent")
    SOFT_OPT_IN = "soft_opt_in", _("consent, or a dealing and an offer to opt out")
    NOTHING = "nothing", _("nothing but the right to object")


class Verdict(models.TextChoices):
    """The gate's answers: on which ground a person may be used, or the one reason why not."""

    BY_CONSENT = "by_consent", _("yes: the person agreed")
    BY_SOFT_OPT_IN = "by_soft_opt_in", _("yes: similar to an earlier dealing, and not refused")
    BY_CONTRACT = "by_contract", _("yes: for a contract with the person")
    BY_LAW = "by_law", _("yes: a law demands it")
    BY_INTERESTS = "by_interests", _("yes: legitimate interests, and no objection")
    GONE = "gone", _("no: the person is not on file")
    SWITCHED_OFF = "switched_off", _("no: the purpose is switched off")
    UNWEIGHED = (
        "unweighed",
        _("no: nobody has weighed these interests, or the weighing is over"),
    )
    COMBINATION = "combination", _("no: these data must not serve this purpose")
    RESTRICTED = "restricted", _("no: processing is restricted (Art. 18)")
    UNDER_AGE = "under_age", _("no: under sixteen")
    SOURCE = "source", _("no: the source of the data forbids it")
    UNREVIEWED = "unreviewed", _("no: the supplier of the data has no current review")
    NOT_NOTIFIED = "not_notified", _("no: no notice was in force")
    NO_DEALING = "no_dealing", _("no: there is no dealing to which it belongs")
    REFUSED = "refused", _("no: the person refused")
    WITHDRAWN = "withdrawn", _("no: the person withdrew their consent")
    OBJECTED = "objected", _("no: the person objected")
    UNCONFIRMED = "unconfirmed", _("no: said orally and not confirmed in writing")
    EXPIRED = "expired", _("no: the consent has expired")
    LEGACY = "legacy", _("no: the consent is older than 25 May 2018")
    NO_CONSENT = "no_consent", _("no: the person has not agreed")
    CONSENT_NEEDED = "consent_needed", _("no: a law asks for consent, and there is none")
    NO_ADDRESS = "no_address", _("no: the person has no such address")
    ADDRESS_LOCKED = "address_locked", _("no: the person agreed for another address")
    BOUNCED = "bounced", _("no: nothing arrives at any address of theirs")
    ORDER_ONLY = "order_only", _("no: the address was given for an order or enquiry alone")
    SHARED_NO = "shared_no", _("no: somebody with this address said no")
    SAME_MAILBOX = "same_mailbox", _("no: this message went to the same address already")
    SUPPRESSED = "suppressed", _("no: the address is suppressed")


YESES = (
    Verdict.BY_CONSENT,
    Verdict.BY_SOFT_OPT_IN,
    Verdict.BY_CONTRACT,
    Verdict.BY_LAW,
    Verdict.BY_INTERESTS,
)


class TrackerUse(models.TextChoices):
    """The eight uses of cookies and similar technologies that the policy names (S78)."""

    SIGN_IN = "sign_in", _("signing in")
    SECURITY = "security", _("security")
    STORED = "stored", _("storing what you provided")
    SOCIAL = "social", _("social media")
    FEEDBACK = "feedback", _("feedback")
    ADVERTISING = "advertising", _("interest-based advertising")
    ANALYTICS = "analytics", _("analytics")
    PERFORMANCE = "performance", _("performance")


class PartyRole(models.TextChoices):
    """What somebody outside is who holds data of ours (Art. 26, 28)."""

    PROCESSOR = "processor", _("our processor")
    SUBPROCESSOR = "subprocessor", _("a processor of our processor")
    JOINT = "joint", _("joint controller with us")
    CONTROLLER = "controller", _("a controller of their own")


class Safeguard(models.TextChoices):
    """What protects data that leave the region of their people (Art. 44 to 49)."""

    NONE_NEEDED = "none_needed", _("none needed: no transfer")
    ADEQUACY = "adequacy", _("adequacy decision (Art. 45)")
    CLAUSES = "clauses", _("standard contractual clauses (Art. 46(2)(c))")
    MODEL_CLAUSES = "model_clauses", _("the Commissioner's model clauses (Hong Kong)")
    RULES = "rules", _("binding corporate rules (Art. 47)")
    DEROGATION = "derogation", _("derogation for this case (Art. 49)")


class FirmRole(models.TextChoices):
    """In which role the firm holds data (S145; DESIGN 16)."""

    CONTROLLER = "controller", _("controller")
    PROCESSOR = "processor", _("processor for a client")
    JOINT = "joint", _("joint controller with a client")


class DispatchKind(models.TextChoices):
    """What one message to many people is for (DESIGN 19)."""

    MAILING = "mailing", _("mailing: marketing")
    SERVICE = "service", _("message about a service")
    NOTICE = "notice", _("notice of how data are used")
    ACCURACY = "accuracy", _("are your details still right?")


class DispatchState(models.TextChoices):
    """Where a message to many stands."""

    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class DeliveryState(models.TextChoices):
    """What became of the message to one person."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    # The gate said no when its turn came, or in the meantime.
    REFUSED = "refused", _("not sent: the person may not be written to")
    FAILED = "failed", _("not sent: the mail server refused")
    BOUNCED = "bounced", _("came back: the address does not exist")
    # Nobody knows whether the server took it: it is never sent a second time.
    UNCERTAIN = "uncertain", _("not known whether it was sent")
    CANCELLED = "cancelled", _("cancelled")


class DisclosureKind(models.TextChoices):
    """On which occasion data go to somebody else (S83, S87)."""

    ORDINARY = "ordinary", _("in the course of business")
    LEGAL_DUTY = "legal_duty", _("duty to disclose (S87)")
    ENFORCEMENT = "enforcement", _("enforcement of agreements, legal claims (S87)")
    PROTECTION = "protection", _("protection of rights, property or safety (S87)")
    # Apart from the others, so that it can be counted and looked at by itself.
    FRAUD_EXCHANGE = "fraud_exchange", _("exchange against fraud and credit risk (S87)")


# These name an authority and a reference, and a second person approves them.
ON_DUTY = (DisclosureKind.LEGAL_DUTY, DisclosureKind.ENFORCEMENT, DisclosureKind.PROTECTION)


class RecipientBasis(models.TextChoices):
    """The four bases on which a recipient may process the data; a disclosure has one (S88)."""

    INTERESTS = "interests", _("the recipient's own legitimate interests")
    PROCESSOR = "processor", _("contract with us as our processor")
    CONTRACT = "contract", _("contract with the person, in place or in contemplation")
    OBLIGATION = "obligation", _("legal obligation")


class RecipientClass(models.TextChoices):
    """To whom data go (S83 to S86)."""

    PROCESSOR = "processor", _("a processor on our behalf")
    CLIENT = "client", _("a client")
    SUPPLIER = "supplier", _("a supplier or sub-contractor")
    PARTNER = "partner", _("a business partner")
    AUDITOR = "auditor", _("our auditors")
    ADVISER = "adviser", _("lawyers and insurers")
    BANK = "bank", _("a bank or payment institution")
    AUTHORITY = "authority", _("an authority or court")


class DisclosureState(models.TextChoices):
    """Whether the data may go, or went."""

    PREPARED = "prepared", _("prepared, waits for a second person")
    MADE = "made", _("made")
    DISCARDED = "discarded", _("discarded")
