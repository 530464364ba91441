"""A certificate as a page of paper, in English or Traditional Chinese, set by typst.

Fonts come with the package and with this app: nothing of the machine's own is asked for, so that
the page is the same everywhere.
"""

import json
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from retention.enums import RunState
from retention.models import Certificate

TEMPLATE = settings.BASE_DIR / "templates" / "retention" / "certificate" / "certificate.typ"
# A subset of Noto Sans CJK HK (SIL Open Font License) with the characters that the page uses.
FONTS = Path(__file__).resolve().parent / "fonts"
# Django's name of a language to typst's language and region.
LANGUAGES = {"en": ("en", "GB"), "zh-hant": ("zh", "HK")}


def pdf(certificate: Certificate, *, language: str) -> bytes:
    """The certificate as PDF; the same bytes each time it is asked for."""
    with translation.override(language):
        facts = _facts(certificate, language)
    return typst.compile(
        TEMPLATE,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(facts)},
        timestamp=int(certificate.issued_at.timestamp()),
    )


def _facts(certificate: Certificate, language: str) -> dict[str, Any]:
    content = certificate.content
    lang, region = LANGUAGES[language]
    tables: dict[str, int] = {}
    for counts in content["rules"].values():
        for table, rows in counts["tables"].items():
            tables[table] = tables.get(table, 0) + rows
    return {
        "lang": lang,
        "region": region,
        "author": "Lethe",
        "title": _("Certificate of disposal no. %(number)s") % {"number": certificate.number},
        "summary": ngettext(
            "On the night of %(night)s Lethe disposed of %(people)s person.",
            "On the night of %(night)s Lethe disposed of %(people)s people.",
            content["people"],
        )
        % {"night": _day(content["night"]), "people": content["people"]},
        "lines": [
            [_("State"), str(RunState(content["state"]).label)],
            [_("Started"), _moment(content["started_at"])],
            [_("Finished"), _moment(content["finished_at"])],
            [_("Batches that failed"), str(content["failed_batches"])],
            [_("Version of the program"), content["version"]],
        ],
        "rules": {
            "title": _("By rule"),
            "empty": _("No rule had anything due."),
            "head": [_("Rule"), _("Due"), _("Held"), _("Disposed of"), _("State")],
            "rows": [
                [
                    name,
                    str(counts["due"]),
                    str(counts["held"]),
                    str(counts["disposed"]),
                    _("halted by its cap") if counts["halted"] else _("done"),
                ]
                for name, counts in content["rules"].items()
            ],
        },
        "tables": {
            "title": _("By table"),
            "empty": _("No row was changed."),
            "head": [_("Table"), _("Rows")],
            "rows": [[table, str(rows)] for table, rows in sorted(tables.items())],
        },
        "seal": {
            "title": _("Seal"),
            "text": _(
                "Each certificate carries the keyed digest of the one before it. It names no"
                " person: the references of those disposed of are in the ledger."
            ),
            "lines": [
                [_("Run"), content["run"]],
                [_("Rule set"), content["rule_set"]],
                [_("Journal"), content["journal"]["digest"] if content["journal"] else "–"],
                [_("Before"), certificate.previous_digest],
                [_("Digest"), certificate.digest],
            ],
        },
    }


def _day(text: str) -> str:
    day = parse_date(text)
    return formats.date_format(day, "DATE_FORMAT") if day else "–"


def _moment(text: str | None) -> str:
    moment = parse_datetime(text) if text else None
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else "–"
