"""What a status, a tag, a group or any other cell says of a no to marketing, in its own words.

English, German, Chinese and French. A word of it that is itself denied (“not unsubscribed”,
“opt-out: no”) says nothing. Where the no names a channel, that one is meant, else every one.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from crm.imports import headings
from privacy.enums import Channel

ALL = frozenset(Channel.values)
NONE: frozenset[str] = frozenset()
CHANNELS: Mapping[str, re.Pattern[str]] = {
    Channel.EMAIL: re.compile(
        r"mail|newsletter|courriel|電郵|电邮|電子報|电子报|電子郵件|郵件|邮件|通訊|通讯"
    ),
    Channel.PHONE: re.compile(
        r"\bcall|phone|anruf|anzurufen|\btel\b|telefon|\bdnc\b|\bring|appel|致電|致电|来电|來電"
        r"|電話|电话"
    ),
    Channel.SMS: re.compile(r"sms|\btext|short message|短訊|短讯|短信|簡訊|简讯"),
}
# The other way round: what `refused` reads as a no on this channel.
IN_WORDS = {Channel.EMAIL: "do not email", Channel.PHONE: "do not call", Channel.SMS: "no sms"}

# Words that are a no unless they are denied themselves.
FORBIDS = re.compile(
    r"unsub\w*|\bopt(?:ed|s|ing)? ?out\w*|optout\w*|optedout\w*"
    r"|\b(?:block|black|deny|suppress(?:ion)?|do not contact|stop) ?list\w*|\bsuppress(?:ed|ion)\b"
    r"|withdr\w+ (?:of )?consent|consent (?:withdrawn|revoked|refused|declined|denied)"
    r"|\bdn[cdem]\b|\bremove me\b|\btake (?:me|us) off\b|\bremoved (?:by|on|upon) request\b"
    r"|removed? from (?:\w+ ){0,2}(?:list|mailing|e ?mail|newsletter)\w*|\bobject(?:s|ed|ion) to\b"
    r"|(?:marked as|reported as|reported) spam|spam (?:complaint|report)|\bcomplain(?:ed|ant)\b"
    r"|\babgemeldet|\babmeld\w*|\babbestell\w*|\bausgetragen|\bgesperrt|\w*sperr(?:e|en|vermerk"
    r"|liste|ung)\b"
    r"|werbewiderspruch|\bwidersprochen|\bwiderspr[uü]ch\w*|\bwiderruf\w*|robinson ?list\w*"
    r"|\Arobinson\Z|unerwünscht|unerwuenscht"
    r"|(?:werbe|kontakt)\w*verbot|schwarze liste"
    r"|d[eé]sabonn\w*|d[eé]sinscri\w*|liste (?:noire|rouge|d opposition)|bloctel|\bopposition\b"
    r"|退訂|退订|取消訂|取消订|拒收|拒接|拒絕|拒绝|拒訪|黑名單|黑名单|封鎖|封锁|屏蔽|拉黑"
    r"|停止接收|停止訂|停止订|停止聯絡"
    r"|不再接收|謝絕|谢绝|婉拒|免打擾|免打扰|勿擾|勿扰|退出(?:訂|订|名單|名单|接收)|反對(?:推廣"
    r"|接收)"
)
# A verb and its denial: a no as a whole.
DENIES = re.compile(
    r"\b(?:do ?not|don ?t|donot|never|must not|may not|can ?not|not to be|should not be|shall not"
    r"|does not want|doesn ?t want|did not|not) (?:\w+ ){0,2}?(?:contact|call|e ?mail|mail|text"
    r"|phone|write|sms"
    r"|message|disturb|solicit|market|ring|approach|send)\w*"
    r"|\bdonot(?:contact|call|e?mail|text|phone|disturb)\w*"
    r"|\b(?:no|zero|without) (?:more |further |any |direct |e ?mail |phone )?(?:contact"
    r"|marketing|calls?|calling"
    r"|e ?mails?|e ?mailings?|mailings?|newsletters?|sms|texts?|texting|advert\w*|ads|spam"
    r"|promo\w*|solicit\w*"
    r"|consent|permission|opt ?in|subscription|phone ?calls?)\b"
    r"|\b(?:not|never|non|no longer|isn ?t|hasn ?t) ?(?:a )?(?:yet )?(?:subscrib\w*"
    r"|opt(?:ed)? ?in|consent\w*"
    r"|allowed|permitted|wanted|contactable|mailable|marketable|reachable by marketing)"
    r"|\bstop (?:all )?(?:e ?mail|mail|call|contact|send|market|newsletter|sms|text)\w*"
    r"|\bleave (?:me |him |her |them )?alone\b"
    r"|\b(?:not|no longer|never) interested\b|\bkein\w* interesse\b"
    r"|沒有興趣|没有兴趣|不感興趣|不感兴趣"
    r"|\b(?:nicht|nie|niemals|nimmer) (?:mehr |weiter )?(?:\w+ )?(?:kontakt\w*|anruf\w*"
    r"|anzurufen|anschreib\w*|mailen"
    r"|anmailen|bewerben|gewünscht|gewuenscht|erwünscht|erwuenscht|erlaubt|einverstanden|stören"
    r"|stoeren|abonniert"
    r"|angemeldet|zugestimmt|eingewilligt|per |via |telefonier\w*|zusenden|schicken|senden"
    r"|versenden"
    r"|beschicken)"
    r"|\bkein\w* (?:weitere\w* )?(?:e ?mail |direkt)?(?:werb\w*|kontakt\w*|anruf\w*|e ?mails?"
    r"|mailings?"
    r"|newsletter\w*|sms|marketing\w*|post|einwilligung|zustimmung|erlaubnis|telefon\w*"
    r"|nachricht\w*|info\w*)\b"
    r"|\bne (?:pas|plus|jamais) (?:\w+ )?(?:contact|appel|envoy|[eé]cri|d[eé]march|sollicit"
    r"|d[eé]rang|mail|rappel)\w*"
    r"|\bpas (?:de |d )(?:contact|pub\w*|newsletter|marketing|appel|e ?mail|courriel|sms"
    r"|d[eé]marchage|prospection)\w*"
    r"|[勿別别](?:再)?(?:[致打聯联發发傳传寄推來来接打聯系給给向])|(?:不要|禁止|不可|不得|不能"
    r"|無需|无需|毋須|切勿)(?:再)?"
    r"(?:致電|致电|打|聯|联|發|发|傳|传|寄|推|來電|来电|接觸|接触|電郵|电邮)"
    r"|請勿|请勿|唔(?:好|要|想|接)|不(?:想|願|愿|欲|再|同意|接受|接收|希望|准|允許|允许|訂|订"
    r"|需要?)(?:意|再)?(?:被)?"
    r"(?:接?收|聯|联|推|營|营|訂|订|宣|廣|广|電|电|短|郵|邮|\Z)|不同意|不接收|不願意?|不愿意?"
    r"|未(?:訂|订|同意|授權|授权)"
)
# A permission, and its refusal behind a colon: `newsletter: no`, `{"subscribed": false}`.
PERMISSION_DENIED = re.compile(
    r"(?:\bnewsletter\w*|\bsubscri\w+|consent\w*|opt(?:ed)? ?in|marketing|mailings?|contact\w*"
    r"|werb\w+|einwilligung"
    r"|e ?mails?|sms|calls?|訂閱|订阅|同意|接收|推廣|推广) : (?:no|false|0|n|nein|non|off|never"
    r"|否|不|declined|refused)\b"
)
# By themselves, where the column speaks of something like it.
REFUSES = re.compile(
    r"\b(?:declin(?:ed|es)|refus(?:ed|es|al)|reject(?:ed|s)?|denied|block(?:ed)?|stop(?:ped|p)?"
    r"|withdr(?:awn|ew)"
    r"|revoked?|banned|forbidden|prohibited|disallowed|objected|objection|unwanted|opted off"
    r"|abgelehnt|verweigert|blockiert|gestoppt|untersagt|verboten|zurückgezogen|nicht gewollt"
    r"|widerrufen"
    r"|refus\w*|bloquée?|rejetée?|interdite?|retirée?|révoquée?)\b|已取消|取消|停止|禁止|已拒"
    r"|撤回|撤銷|撤销|反對|反对"
)
# What speaks of how people are reached.
OF_CONTACT = re.compile(
    r"contact|kontakt|market|mail|consent|news|promo|advert|werb|einwillig|zustimm|permission"
    r"|gdpr|dsgvo|rgpd|pdpo"
    r"|privacy|datenschutz|communicat|kommunikation|\bcall|phone|anruf|telefon|sms|\btext"
    r"|whatsapp|offer|angebot"
    r"|聯絡|联络|聯繫|联系|推廣|推广|營銷|营销|宣傳|宣传|同意|訂|订|私隱|隐私|電郵|電話|短訊|通訊"
)
NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|no|nicht|nie|kein\w*|isn ?t|wasn ?t|pas|non|un|aucune?)\b ?"
    r"(?:longer |yet |been |mehr |noch |currently )?|未|没有|沒有|無|无|非|不是|尚未|未被)\s*\Z"
)
NOT_BEHIND = re.compile(r"\s*(?:status )?: ?(?:no|false|0|n|nein|non|off|否|null|none)\b")
BETWEEN = re.compile(r"[,;|\n\r•、，；]+|:::")
# What goes on with the channels of the no before it: “do not call, mail or text”.
GOES_ON = re.compile(
    r"(?:(?:or|and|und|oder|et|ou|nor|及|或|和) ?|(?:e ?mail|mail|text|sms|phone|call|anruf"
    r"|telefon)(?:s|ing|e)? ?)+"
)
# Longer than this it is no label but a text, for somebody to read.
LONGEST = 40
# Of a text no more is read.
MOST = 4000
# One of them stands in whatever is a no by one word …
STEMS = (
    "unsub", "optout", "opt-out", "opt out", "opt_out", "opted", "optedout", "opts out", "opting",
    "suppress", "withdr", "consent", "dnc", "dne", "dnm", "dnd", "remove", "take me", "take us",
    "object", "spam", "complain", "melde", "meldung", "bestell", "getragen", "sperr", "wider",
    "robinson", "wünscht", "wuenscht", "verbot", "sabonn", "sinscri", "bloctel", "opposition",
    "donot", "stop", "alone", "declin", "refus", "reject", "denied", "deny", "block", "black",
    "revoke", "banned", "forbid", "prohib", "disallow", "unwanted", "abgelehnt", "verweigert",
    "gestoppt", "untersagt", "zurückgezogen", "schwarze", "bloqu", "rejet", "interdit", "retir",
    "révoqu", "liste noire", "liste rouge",
)  # fmt: skip
# … one of these, with one of those beside it, in what denies …
NEGATIONS = re.compile(
    r"(?<![^\W_])(?:do)?(?:not?|nie|non|ne|pas|zero|without|never|isn|hasn|don|dont)(?![^\W_])"
    r"|n['’]t|nicht"
    r"|niemals|nimmer|kein|donot|doesn|(?:^|\s|_)(?:No|Not|Never|NO|NOT|NEVER|Do|DO)(?=[A-Z_])"
)
DENIED = (
    "contact", "call", "mail", "text", "phone", "write", "sms", "messag", "disturb", "solicit",
    "market", "ring", "approach", "send", "news", "advert", "ads", "promo", "permi", "opt",
    "subscri", "allowed", "wanted", "reach", "kontakt", "anruf", "anzuruf", "schreib", "werb",
    "laubt", "einverstanden", "stör", "stoer", "abonn", "gemeldet", "gestimmt", "willig",
    "telefon", "schick", "post", "nachricht", "info", "appel", "envoy", "cri", "march", "rang",
    "rappel", "pub", "courriel", "prospection", "stimmung", "interes",
)  # fmt: skip
# … and this in what refuses a permission behind a colon.
REFUSED_BEHIND = re.compile(r"[:=]\s*[\"']?(?:no|false|0|n|nein|non|off|never|否|不)\b")
HAN = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[^\W\d_]{3}")
APART = str.maketrans("_-", "  ")


@lru_cache(maxsize=65536)
def refused(text: str, *, among_labels: bool) -> frozenset[str]:
    """The channels on which this refuses; `among_labels` where the column is one of states."""
    found: set[str] = set()
    goes_on = False
    for item in _items(text):
        if _forbids(item) or (among_labels and _refuses(item)):
            found |= _channels(item) or ALL
            goes_on = True
        elif goes_on and GOES_ON.fullmatch(item):
            found |= _channels(item)
        else:
            goes_on = False
    return frozenset(found)


def is_doubtful(text: str, *, of_contact: bool = False) -> bool:
    """Whether a no may be meant: in a text too long for a label, or in a bare word or two.

    `of_contact`: the column speaks of how people are reached.
    """
    return any(_forbids(item) or _may_refuse(item, of_contact) for item in _items(text))


def _may_refuse(item: str, of_contact: bool) -> bool:
    if not _refuses(item):
        return False
    # “Bus stop” is no refusal, “customer declined” may be one.
    is_bare = len(item.split()) <= 3 and "stop" not in item
    return of_contact or is_bare or item in {"stop", "stopp"} or bool(OF_CONTACT.search(item))


def is_short(text: str) -> bool:
    """Whether each part that says no is a label, not a sentence out of a note."""
    return all(len(item) <= LONGEST for item in _items(text) if _forbids(item))


def may_say(text: str) -> bool:
    """Cheap, for very many cells: false only where no no is in it."""
    if len(text) > 8 and not WORD.search(text):
        # A number, a date, a reference.
        return not text.isascii() and bool(HAN.search(text))
    if not text.isascii() and HAN.search(text):
        return True
    folded = text.casefold().translate(APART)
    if any(map(folded.__contains__, STEMS)) or REFUSED_BEHIND.search(folded):
        return True
    denies = NEGATIONS.search(folded) or NEGATIONS.search(text)
    return bool(denies) and any(map(folded.__contains__, DENIED))


def in_words(channels: Iterable[str]) -> str:
    """A label that says this no."""
    wanted = frozenset(channels)
    return (
        "do not contact"
        if wanted == ALL
        else ", ".join(IN_WORDS[Channel(c)] for c in sorted(wanted))
    )


def channels_in(words: str) -> frozenset[str]:
    """The channels that these words name."""
    return _channels(words)


def _items(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text[:MOST])
    parts = (headings.parted(part.replace("=", ":")) for part in BETWEEN.split(text))
    return [part for part in parts if part]


def _forbids(item: str) -> bool:
    for match in FORBIDS.finditer(item):
        if not NOT_BEFORE.search(item[: match.start()]) and not NOT_BEHIND.match(
            item[match.end() :]
        ):
            return True
    denied = (not NOT_BEHIND.match(item[match.end() :]) for match in DENIES.finditer(item))
    return any(denied) or bool(PERMISSION_DENIED.search(item))


def _refuses(item: str) -> bool:
    return any(
        not NOT_BEFORE.search(item[: match.start()]) and not NOT_BEHIND.match(item[match.end() :])
        for match in REFUSES.finditer(item)
    )


def _channels(words: str) -> frozenset[str]:
    return frozenset(channel for channel, named in CHANNELS.items() if named.search(words))
