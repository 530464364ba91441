"""Organisations that are none: each has "Example", or 示例, in its name."""

from typing import Any

from crm import contacts
from crm.demo import reserved
from crm.models import Organisation
from crm.names import name_key

# Name, country, sector. No firm of the first half has work that is over; see `lives`.
FIRMS = (
    ("Example Harbour Ltd", "HK", "Shipping"),
    ("示例航運有限公司", "HK", "Shipping"),
    ("Example Peak Capital Ltd", "HK", "Finance"),
    ("示例教育中心", "HK", "Education"),
    ("Example Lantern Design Ltd", "HK", "Design"),
    ("Example Ferreira & Filhos Lda", "PT", "Food"),
    ("Example Tejo Software Lda", "PT", "Technology"),
    ("Example Müller GmbH", "DE", "Engineering"),
    ("Example Spreebogen AG", "DE", "Finance"),
    ("Example Wisła Sp. z o.o.", "PL", "Technology"),
    ("Example Thames Advisers LLP", "GB", "Law"),
    ("Example Northgate Hospital Trust", "GB", "Health"),
    ("Example Fjord AS", "NO", "Energy"),
    ("Example Vltava s.r.o.", "CZ", "Engineering"),
    ("Example Akti Shipping SA", "GR", "Shipping"),
    ("示例科技（深圳）有限公司", "CN", "Technology"),
    ("Example Merlion Pte Ltd", "SG", "Trade"),
    ("Example Praia Grande Lda", "MO", "Hospitality"),
    ("Example Kowloon Printers Ltd", "HK", "Printing"),
    ("示例清潔服務有限公司", "HK", "Facilities"),
    ("示例茶餐廳", "HK", "Hospitality"),
    ("Example Star Couriers Ltd", "HK", "Logistics"),
    ("Example Tower Translations Ltd", "HK", "Languages"),
    ("Example Porto Papel SA", "PT", "Printing"),
    ("Example Alster Logistik GmbH", "DE", "Logistics"),
    ("Example Donau Catering GmbH", "AT", "Hospitality"),
    ("Example Baltyk S.A.", "PL", "Trade"),
    ("Example Mersey Stationers Ltd", "GB", "Trade"),
    ("Example Liffey Recruiting Ltd", "IE", "Staffing"),
    ("Example Mälaren AB", "SE", "Energy"),
    ("Example Saimaa Oy", "FI", "Technology"),
    ("Example Rila EOOD", "BG", "Technology"),
    ("Example Sakura KK", "JP", "Design"),
    ("Example Hudson Analytics Inc.", "US", "Technology"),
    ("Example Yarra Pty Ltd", "AU", "Education"),
    ("Example Karoo Wines", "ZA", "Food"),
    ("示例貿易行", "TW", "Trade"),
    ("Example Deccan Textiles", "IN", "Trade"),
)


def write(*, by: Any) -> list[Organisation]:
    """Every organisation, with its general mailbox and switchboard."""
    firms = [
        Organisation(
            name=name,
            name_key=name_key(name),
            country=country,
            sector=sector,
            website=f"https://firm-{n}.example.com",
            email=f"office@firm-{n}.example.com",
            phone=reserved.telephone(900 + n, country),
        )
        for n, (name, country, sector) in enumerate(FIRMS)
    ]
    contacts.create_rows(Organisation, firms, by=by)
    return firms
