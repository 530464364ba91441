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


class DisposalCause(models.TextChoices):
    """Why a person was disposed of."""

    RETENTION = "retention", _("retention period over (Art. 5(1)(e), s.26)")
    ERASURE = "erasure", _("erasure request (Art. 17)")
    UNDER_AGE = "under_age", _("under sixteen (S113)")
    REPLAY = "replay", _("disposed of again after a restore")


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
