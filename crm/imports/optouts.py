"""Which headers ask whether somebody opted out, whatever stands behind them, and what says no.

Mailchimp, HubSpot, Salesforce and plain lists, in English, German and Chinese: a header is known
by its words, so that “Opted out of email: Newsletter” counts like “Opted out of email”. Where no
channel is named, every channel is meant; a fax reaches nobody here. The most restrictive counts.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from privacy.enums import Channel

# Of a header as `aliases.plain` leaves it.
SAYS_NO = re.compile(
    r"unsub|\bopt(ed)? ?out|optedout|optout|\bdo ?not ?(e ?mail|mail|call|phone|text|sms|contact)"
    r"|\bdo not disturb\b|\bdnc\b|\b(no|never) (e ?mail|marketing|calls?|sms|newsletter)"
    r"|marketing (refused|declined|objection)|objects? to marketing"
    r"|abgemeldet|abbestellt|werbewiderspruch|widerspr(ochen|uch)|nicht (anrufen|kontaktieren)"
    r"|keine? (werbung|e ?mails?|anrufe|sms|newsletter)"
    r"|拒收|拒絕|拒绝|不接收|不同意接收|取消訂閱|取消订阅|退訂|退订|請勿|请勿|勿擾|勿扰"
)
# Headers of a “yes”: a plain no below them is a no, a yes is no consent (S76).
SAYS_YES = re.compile(
    r"\bopt(ed)? ?in\b|optedin|\bsubscri(bed|ption|ber)\b|\bnewsletter\b"
    r"|marketing (consent|status)|consent to marketing|accepts marketing"
    r"|einwilligung|abonniert|訂閱|订阅|接收推廣|接收電郵"
)
# When, where and by what somebody opted in says nothing of a no.
AROUND_YES = re.compile(r"\b(time|ip|date|source|timestamp|id|type|notes?)\b|時間|日期")
CHANNELS: Mapping[str, re.Pattern[str]] = {
    Channel.EMAIL: re.compile(r"mail|newsletter|電郵|电邮|電子報|電子郵件|郵件|邮件"),
    Channel.PHONE: re.compile(r"call|phone|anruf|telefon|\bdnc\b|致電|来电|來電|電話|电话"),
    Channel.SMS: re.compile(r"sms|\btext|short message|短訊|短信|簡訊"),
}
FAX = re.compile(r"fax|傳真")

# What means "no" in a column that asks whether somebody opted out; all else means "yes".
NO_WORDS = frozenset("0 false no n nein non off none 否 無 没有 沒有".split())
# What means "no" in a column that asks whether somebody opted in.
REFUSALS = re.compile(
    r"(0|false|no|n|nein|non|off|否|不|declined|refused|revoked|withdrawn)\Z"
    r"|.*(unsub|opt(ed)?[ -]?out|non[- ]subscribed|abgemeldet|abbestellt|widerrufen|拒|退訂|取消)"
)


def meaning_of(header: str) -> str:
    """The field that a header means, "" where it asks nothing of the kind."""
    about = header.partition(":")[0]
    if SAYS_NO.search(about):
        return _on_channel("opt_out", about)
    if SAYS_YES.search(about) and not AROUND_YES.search(about):
        return _on_channel("opt_in", about)
    return ""


def _on_channel(field: str, about: str) -> str:
    found = [channel for channel, words in CHANNELS.items() if words.search(about)]
    if not found and FAX.search(about):
        return ""
    # Of two channels in one header each is meant, and every one says no more.
    return f"{field}_{found[0]}" if len(found) == 1 else field


ALL = frozenset(Channel.values)
NONE: frozenset[str] = frozenset()


def refused(cells: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The channels on which any cell of a row says that the person wants nothing."""
    return _said(cells, _says_no)


def allowed(cells: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The channels on which a cell plainly says that the person agrees; it is no consent."""
    return _said(cells, _says_yes)


def _said(
    cells: Mapping[str, Sequence[str]], says: Callable[[Mapping[str, Sequence[str]], str], bool]
) -> frozenset[str]:
    if not any(name.startswith("opt_") and cells[name] for name in cells):
        return NONE
    if says(cells, ""):
        return ALL
    return frozenset(channel for channel in ALL if says(cells, f"_{channel}"))


def _says_yes(cells: Mapping[str, Sequence[str]], suffix: str) -> bool:
    out, into = (cells.get(f"opt_{way}{suffix}", ()) for way in ("out", "in"))
    return any(text and not is_true(text) for text in out) or any(
        text and not REFUSALS.match(text.strip().casefold()) for text in into
    )


def _says_no(cells: Mapping[str, Sequence[str]], suffix: str) -> bool:
    return any(map(is_true, cells.get(f"opt_out{suffix}", ()))) or any(
        REFUSALS.match(text.strip().casefold()) for text in cells.get(f"opt_in{suffix}", ())
    )


def is_true(text: str) -> bool:
    return bool(text) and text.strip().casefold() not in NO_WORDS
