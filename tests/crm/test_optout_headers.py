"""Headers that ask whether somebody opted out, of whatever system and with whatever suffix."""

import pytest

from crm.imports import aliases, optouts

ALL, EMAIL, PHONE, SMS = ("email", "phone", "sms"), ("email",), ("phone",), ("sms",)


@pytest.mark.parametrize(
    ("header", "channels"),
    [
        ("Opted out of email: Newsletter", EMAIL),
        ("Opted out of email: Call for papers", EMAIL),
        ("Unsubscribed from all email", EMAIL),
        ("HasOptedOutOfEmail", EMAIL),
        ("Email Opt Out", EMAIL),
        ("E-mail Opt-Out (Marketing)", EMAIL),
        ("UNSUB_TIME", ALL),
        ("UNSUB_REASON", ALL),
        ("Do Not Call", PHONE),
        ("DoNotCall", PHONE),
        ("Do Not Contact", ALL),
        ("Newsletter abgemeldet", EMAIL),
        ("Keine Werbung", ALL),
        ("Werbewiderspruch vom", ALL),
        ("Nicht anrufen", PHONE),
        ("不接收推廣", ALL),
        ("不接收電郵推廣", EMAIL),
        ("拒收短訊", SMS),
        ("請勿致電", PHONE),
        ("取消訂閱日期", ALL),
        ("SMS Opt Out", SMS),
        ("Do not text", SMS),
    ],
)
def test_a_header_that_asks_for_a_no_is_known(header, channels):
    columns = aliases.columns_of(["Name", "Email", header])
    (field,) = set(columns) - {"full", "email"}

    assert optouts.refused({field: ["true"]}) == set(channels)
    assert optouts.refused({field: ["perhaps"]}) == set(channels)
    assert optouts.refused({field: ["No"]}) == set()
    assert optouts.refused({field: []}) == set()


@pytest.mark.parametrize(
    "header", ["Email Marketing Status", "Opt in", "Newsletter", "Einwilligung", "訂閱"]
)
def test_a_plain_no_to_an_opt_in_counts_and_a_yes_says_nothing(header):
    columns = aliases.columns_of(["Name", "Email", header])
    (field,) = set(columns) - {"full", "email"}

    for text in ("no", "Unsubscribed", "0", "nein", "abgemeldet", "已取消"):
        assert "email" in optouts.refused({field: [text]}), text
    for text in ("yes", "Subscribed", "1", "", "2024-01-01"):
        assert not optouts.refused({field: [text]}), text


@pytest.mark.parametrize(
    "header",
    [
        "HasOptedOutOfFax",
        "OPTIN_TIME",
        "OPTIN_IP",
        "Newsletter ID",
        "Do",
        "Notes",
        "Contact owner",
    ],
)
def test_a_header_that_asks_nothing_of_the_kind_is_dropped(header):
    assert set(aliases.columns_of(["Name", "Email", header])) == {"full", "email"}


def test_outlooks_title_is_a_salutation_beside_a_job_title():
    both = aliases.columns_of(["Title", "First Name", "E-mail Address", "Job Title"])
    alone = aliases.columns_of(["Title", "First Name", "E-mail Address"])

    assert both["job_title"] == [3]
    assert alone["job_title"] == [0]
    assert [d.why for d in aliases.dropped_of(["Title", "Job Title"], {"job_title": [1]})] == [
        aliases.Why.EXCESS
    ]


@pytest.mark.parametrize(
    "header",
    ["E-Mail 2: Adresse", "E-Mail-Adresse 2", "E-Mail 2-Adresse", "E-mail 3 Address", "Email_2"],
)
def test_second_addresses_are_read(header):
    assert aliases.columns_of(["Name", header]) == {"full": [0], "email": [1]}
