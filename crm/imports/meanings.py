"""What the fields of an import are called, for whoever maps columns or reads what they became."""

from django.utils.translation import gettext_lazy as _

from crm.imports import aliases

FIELDS = {
    "given": _("given name"),
    "middle": _("middle name"),
    "family": _("family name"),
    "full": _("full name"),
    "latin_given": _("given name in Latin script"),
    "latin_family": _("family name in Latin script"),
    "native_given": _("given name in Chinese"),
    "native_family": _("family name in Chinese"),
    "email": _("e-mail address"),
    "phone": _("telephone"),
    "link": _("profile link"),
    "organisation": _("organisation"),
    "job_title": _("job title"),
    "born_on": _("date of birth"),
    "age": _("age"),
    "country": _("country of residence"),
    "street": _("street"),
    "city": _("city"),
    "region": _("region"),
    "postcode": _("postcode"),
    "address_country": _("country of the address"),
    # Of cards, whole.
    "address": _("address"),
    "language": _("language"),
    "opt_out": _("no marketing"),
    "opt_out_email": _("no marketing by e-mail"),
    "opt_out_phone": _("no marketing by telephone"),
    "opt_out_sms": _("no marketing by SMS"),
    "opt_in": _("marketing allowed: only a no counts"),
    "opt_in_email": _("marketing by e-mail allowed: only a no counts"),
    "opt_in_phone": _("marketing by telephone allowed: only a no counts"),
    "opt_in_sms": _("marketing by SMS allowed: only a no counts"),
    "deleted": _("deleted where the file comes from"),
    # Known by their headings or their cells alone, and never stored; see `births` and `unread`.
    **dict.fromkeys(
        ("birth", "birth_year", "birth_month", "birth_day", "birth_minor"), _("for the age gate")
    ),
    **{
        f"opt_{kind}{suffix}": _("for a no to marketing")
        for kind in ("label", "cell")
        for suffix in aliases.CHANNELS
    },
}
