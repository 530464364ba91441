"""What a text seems to hold: believed by check digits and whole phrases, in both languages (S28)."""

import pytest

from privacy import sensitive
from privacy.enums import SensitiveKind as Kind

HITS = [
    ("HKID A123456(3) on his card", Kind.IDENTITY_NUMBER),
    ("hkid: a1234563", Kind.IDENTITY_NUMBER),
    ("Ａ１２３４５６（３）", Kind.IDENTITY_NUMBER),
    ("身份證號碼A123456(3)，已核對", Kind.IDENTITY_NUMBER),
    ("AB987654(3)", Kind.IDENTITY_NUMBER),
    ("resident identity 11010519491231002X", Kind.IDENTITY_NUMBER),
    ("Passport no. K01234567", Kind.IDENTITY_NUMBER),
    ("護照號碼：H12345678", Kind.IDENTITY_NUMBER),
    ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", Kind.IDENTITY_NUMBER),
    ("card 4111 1111 1111 1111 exp 12/29", Kind.CARD),
    ("5500-0000-0000-0004", Kind.CARD),
    ("378282246310005", Kind.CARD),
    ("６０１１１１１１１１１１１１１７", Kind.CARD),
    ("pay to DE89 3704 0044 0532 0130 00 by Friday", Kind.ACCOUNT),
    ("GB82WEST12345698765432", Kind.ACCOUNT),
    ("Bank account no. 012-345-678901", Kind.ACCOUNT),
    ("銀行戶口號碼：012-3-456789", Kind.ACCOUNT),
    ("She was diagnosed with asthma last year.", Kind.HEALTH),
    ("He is on sick leave until May", Kind.HEALTH),
    ("陳先生患有糖尿病", Kind.HEALTH),
    ("她已怀孕，改期", Kind.HEALTH),
    ("He is a devout Catholic", Kind.RELIGION),
    ("她是佛教徒", Kind.RELIGION),
    ("member of the Green Party", Kind.POLITICS),
    ("共產黨員", Kind.POLITICS),
    ("She is a trade union member", Kind.UNION),
    ("他是工會代表", Kind.UNION),
    ("of Uyghur descent", Kind.ETHNICITY),
    ("少數族裔", Kind.ETHNICITY),
    ("He is openly gay", Kind.SEX_LIFE),
    ("她的性取向", Kind.SEX_LIFE),
    ("their fingerprints are on file", Kind.BIOMETRIC),
    ("已提供指紋", Kind.BIOMETRIC),
    ("has a criminal record", Kind.CRIMINAL),
    ("他有案底", Kind.CRIMINAL),
]
MISSES = [
    "",
    "A123456(4) fails its check digit",
    "order AB123456",
    "invoice 4111 1111 1111 1112",
    "tracking 9999 9999 9999 9999",
    "call +852 5123 4567 or +44 20 7946 0018",
    "DE88 3704 0044 0532 0130 00",
    "the European Union and its member states",
    "health insurance consulting for insurers",
    "a race of horses at Happy Valley",
    "Christian Müller, Jordan Gay and Mrs Jewell",
    "renew the passport photo rules page",
    "Union Square, Kowloon",
    "a conviction that this will work",
    "the party wall agreement and the voting rights of shares",
    "HK$1,234,567,890,123,456.00",
    "健康保險顧問",
    "工會大廈九樓",
    "2026-11-23 12:30:00 000000",
]


@pytest.mark.parametrize(("text", "kind"), HITS)
def test_what_it_holds_is_seen(text, kind):
    assert sensitive.kinds_in(text) == {kind}


@pytest.mark.parametrize("text", MISSES)
def test_an_offices_own_talk_raises_no_alarm(text):
    assert sensitive.kinds_in(text) == frozenset()


@pytest.mark.constant("S28")
def test_every_kind_of_the_policy_is_looked_for():
    assert {kind for _text, kind in HITS} == set(Kind)


@pytest.mark.parametrize(
    "piece", ["4", "A", "4-", "P<", "DE89 ", "A123456(", "was diagnosed ", "護照", "is a "]
)
def test_a_megabyte_of_anything_is_read_to_its_end(piece):
    """No rule goes back over what it has read: else this would not end within the day."""
    text = piece * (1_000_000 // len(piece)) + " has a criminal record"

    assert Kind.CRIMINAL in sensitive.kinds_in(text)


def test_several_texts_are_each_read_for_themselves():
    assert sensitive.kinds_in("4111 1111", "1111 1111") == frozenset()
    assert sensitive.kinds_in("has a criminal record", "A123456(3)") == {
        Kind.CRIMINAL,
        Kind.IDENTITY_NUMBER,
    }
