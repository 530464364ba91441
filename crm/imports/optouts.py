"""Which headers ask whether somebody opted out, whatever stands behind them, and what says no.

Mailchimp, HubSpot, Salesforce and plain lists, in English, German and Chinese: a header is known
by its words, so that “Opted out of email: Newsletter” counts like “Opted out of email”. Where no
channel is named, every channel is meant; a fax reaches nobody here. The most restrictive counts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from crm.imports import days, headings, labels, unread

# Of a header as `headings.both_ways` leaves it.
SAYS_NO = re.compile(
    r"unsub|\bopt(ed|s)? ?out|optedout|optout|\bdo ?not ?((bulk|postal|send|be) ?)?(e ?mail|mail"
    r"|call|phone|text|sms"
    r"|contact|market)"
    r"|\bdo not (disturb|solicit|send)|\bdn[cdem]\b|\bc?tps\b|\A(is )?stop(ped)?\Z"
    r"|\bexclude[sd]?\b|\b(no|never) (e ?mails?|marketing|calls?|sms|newsletters?"
    r"|contact|mailings?)\b"
    r"|marketing (refused|declined|objection)|objects? to marketing|objection|\bobjected\b"
    r"|\b(block|black|deny|suppress(ion)?|stop) ?list|\bsuppress(ed|ion)\b|\bblocked\b"
    r"|\brevoked\b|\bwithdrawn\b"
    r"|withdr\w+ consent|consent (withdrawal|refused|declined|denied)|spam complaint"
    r"|marked as spam|\bcomplained\b|\b(abuse|spam) complaints?\b"
    r"|\bremoved? from (list|mailing)|\bdeclined (marketing|e ?mails?|contact)"
    r"|abgemeldet|abbestell|\babmelde|\babmeldung|ausgetragen|austragung|werbewiderspruch"
    r"|widerspr(ochen"
    r"|uch)|widerruf"
    r"|nicht (anrufen|kontaktieren|anschreiben|mailen|bewerben)|sperr(e|en|vermerk|liste|ung"
    r"|kennzeichen)\b|\bgesperrt\b"
    r"|\bsperr(datum|grund|status)|robinson|(werbe|kontakt|anruf)verbot|unerwünscht|unerwuenscht"
    r"|keine? (werbung|e ?mails?|anrufe|sms|newsletter|mailings?|kontakt\w*|post|marketing)"
    r"|d[eé]sabonn|d[eé]sinscri|liste (noire|rouge)|bloctel|\bopposition\b|ne (pas"
    r"|plus) (contacter|appeler|envoyer)"
    r"|拒收|拒絕|拒绝|拒接|不接收|不同意|不願|不愿|不想|不接受|取消訂閱|取消订阅|退訂|退订|請勿"
    r"|请勿|勿擾|勿扰|黑名單|黑名单"
    r"|封鎖|封锁|屏蔽|停止接收|停止(?:訂|推|聯|營|宣)|謝絕|谢绝|免打擾|免打扰|反對|反对"
)
# Headers of a “yes”: a plain no below them is a no, a yes is no consent (S76).
SAYS_YES = re.compile(
    r"\bopt(ed|s)? ?in\b|\boptedin|\boptin|\bsubscri(bed|bes?|ption|ber)s?\b|\bnewsletters?\b"
    r"|\bis subscribed\b"
    r"|marketing (consent|status)|\bconsent(s|ed)?\b|\baccept\w*\b.*(market|mail|sms|news"
    r"|contact|offer|promo)"
    r"|\b(e ?mail|sms|direct|telephone|phone) marketing\b|\bmarketing\b(?! ?(manager|director"
    r"|contact owner|source|campaign))"
    r"|\bmailings?( ?list)?\b(?! ?(street|city|state|zip|post\w*|country|address|region|county"
    r"|latitude|longitude|geo\w*))"
    r"|\b(may|can|ok to|okay to|happy to be|agree\w* to|wants?|wish\w*|allow\w*|permission to"
    r"|willing to)\b"
    r".*\b(contact|call|e ?mail|mail|text|phone|sms|news|market|promo|hear|receive|offers?)"
    r"|\b(contact|call|e ?mail|mail|phone|sms)s? (allowed|permitted|permission|ok|okay"
    r"|preferences?)\b"
    r"|\bpermission\b|\bgdpr\b|\bdsgvo\b|\brgpd\b|\bpromotions?\b|\bspecial offers\b"
    r"|\bcontactable\b|\bmailable\b"
    r"|einwilligung|eingewilligt|zustimmung|zugestimmt|abonniert|abonnement|abonnent|\bwerbung"
    r"|werbeeinwilligung"
    r"|werbeerlaubnis|\b(kontakt|anruf|kontaktaufnahme|mailing\w*|e ?mails?|sms) (erlaubt"
    r"|gewünscht|erwünscht|gestattet|ok)\b"
    r"|\binfopost\b|\bdarf\b|\b(erlaubt|gestattet|gewünscht|erwünscht|einverstanden)\b"
    r"|\bbulk e ?mails?\b|\babonn[eé]\b|consentement|direktmarketing|\breceives? .*(offer|mail"
    r"|news"
    r"|promo|market|sms)|accepte\w* .*(mail|sms|offre|market|news|publicit)|\bpublicit[eé]\b"
    r"|訂閱|订阅|訂戶|订户|接收|願意|愿意|同意|可否(聯|联|致|電|电|發|发)|可(聯絡|联络|致電"
    r"|致电)|推廣|推广|電子報|电子报|宣傳|宣传|營銷|营销|促銷|促销|直銷|直销"
)
# What turns it round: “not subscribed”, “Werbung nicht erlaubt”, “未同意”.
TURNED = re.compile(
    r"\b(not|no|never|non|without|isn ?t|nicht|kein\w*|ohne|ne|pas|un)\b|[不勿未無无]"
)
# A header that says how it is answered.
ANSWERS = re.compile(
    r"\b(yes|ja|oui|y|j|true|1) ?/?(or )? ?(no|nein|non|n|false|0)\b|是 ?/?否|是否|\bno ?(\.|#)"
    r"|願不願意|愿不愿意"
)
# When, where and by what somebody opted in says nothing of a no.
AROUND_YES = re.compile(
    r"\b(time|ip|date|datum|source|timestamp|id|type|notes?|at|am|on|method|level|url|language"
    r"|updated|region"
    r"|campaign|manager|director|owner|counts?|version)\b(?! (subscri|opt|erlaubt))|時間|日期"
    r"|时间|date\b"
)
CHANNELS = labels.CHANNELS
FAX = re.compile(r"fax|傳真")

# What means "no" in a column that asks whether somebody opted out; all else means "yes".
NO_WORDS = frozenset("0 false no n nein non off none 否 無 没有 沒有 f never nie 不是 未".split())
# What means "no" in a column that asks whether somebody opted in, besides what `labels` knows.
REFUSALS = re.compile(
    r"(0|0\.0+|false|no|n|nein|non|off|f|否|不|不是|不要|不可|不可以|nope|never|nie|nee|none"
    r"|unchecked|inactive|disabled"
    r"|✗|✘)\Z"
)


@lru_cache(maxsize=4096)
def meaning_of(header: str) -> str:
    """The field that a header means, "" where it asks nothing of the kind."""
    # What stands behind a colon is most often the name of a newsletter.
    for part in dict.fromkeys((header.partition(":")[0], header)):
        if field := _meaning(headings.both_ways(part)):
            return field
    return ""


def _meaning(about: str) -> str:
    about = ANSWERS.sub(" ", about)
    if SAYS_NO.search(about):
        return _on_channel("opt_out", about)
    if not SAYS_YES.search(about):
        return ""
    if TURNED.search(about):
        return _on_channel("opt_out", about)
    return "" if AROUND_YES.search(about) else _on_channel("opt_in", about)


def _on_channel(field: str, about: str) -> str:
    found = [channel for channel, words in CHANNELS.items() if words.search(about)]
    if not found and FAX.search(about):
        return ""
    # Of two channels in one header each is meant, and every one says no more.
    return f"{field}_{found[0]}" if len(found) == 1 else field


def said_under(header: str, text: str) -> frozenset[str] | None:
    """What a single value refuses under this header; None where the header asks nothing."""
    field = meaning_of(header)
    return refused({field: [text]}) if field else None


ALL, NONE = labels.ALL, labels.NONE


def refused(cells: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The channels on which any cell of a row says that the person wants nothing."""
    return _said(cells, _says_no) | unread.refused_in(cells)


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
        text and not declines(text) for text in into
    )


def _says_no(cells: Mapping[str, Sequence[str]], suffix: str) -> bool:
    return any(map(is_true, cells.get(f"opt_out{suffix}", ()))) or any(
        map(declines, cells.get(f"opt_in{suffix}", ()))
    )


def declines(text: str) -> bool:
    """Whether this is a no where somebody is asked to agree."""
    return bool(REFUSALS.match(text.strip().casefold()) or labels.refused(text, among_labels=True))


def is_true(text: str) -> bool:
    """Whether this is a yes; a moment is one, zeros and what stands for nothing are not."""
    text = text.strip().casefold()
    return bool(text) and text not in NO_WORDS and not days.is_blank(text)
