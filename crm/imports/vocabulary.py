"""What a heading means by its words, in whatever order, case and language a program writes them.

A heading is known where it names one field and says nothing else but which one of several it is:
“Person - Email - Work”, `primary_address_city`, `phoneNumber`, “Téléphone (bureau)”. One word more
that nobody knows (“Email Status”, “Assistant's Phone”, “Emergency contact phone”), and it is not.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from crm.imports.headings import parted

# Field -> phrases; an earlier field wins, and of one field the longest phrase.
PHRASES = {
    "email": (
        "email|e mail|mail|email address|e mail address|mail address|mailadresse|e mail adresse|"
        "emailadresse|email adresse|e mailadresse|e mailadres|emailadres|e post|epost|"
        "e post adresse|e postadress|e posta|eposta|e posta adresi|courriel|"
        "adresse de messagerie|adresse électronique|messagerie|correo|correo electrónico|"
        "correo electronico|dirección de correo|dirección de correo electrónico|"
        "correio eletrónico|correio eletrônico|endereço de e mail|endereço de email|"
        "posta elettronica|indirizzo e mail|indirizzo email|indirizzo posta elettronica|"
        "indirizzo di posta elettronica|adres e mail|adres email|adres poczty elektronicznej|"
        "e mailová adresa|e mail cím|sähköposti|sähköpostiosoite|netfang|el paštas|e pasts|"
        "электронная почта|почта|эл почта|адрес электронной почты|електронна пошта|пошта|имейл|"
        "ηλεκτρονικό ταχυδρομείο|電子郵件|電子郵件地址|電郵|電郵地址|電子信箱|信箱|电子邮件|"
        "电子邮件地址|电邮|邮箱|电子邮箱|メール|メールアドレス|電子メール|電子メールアドレス|"
        "電子メール アドレス|이메일|이메일 주소|전자 메일|전자 메일 주소|메일"
    ),
    "phone": (
        "phone|telephone|tel|phone number|telephone number|tel number|mobile|mobile phone|"
        "mobile number|mobile phone number|cell|cell phone|cellphone|cellular|landline|"
        "call number|telefon|telefonnummer|rufnummer|mobil|mobiltelefon|mobilnummer|handy|"
        "handynummer|festnetz|tel nr|telefon nr|téléphone|numéro de téléphone|portable|tél|"
        "tél mobile|gsm|teléfono|telefono|móvil|movil|celular|número de teléfono|telefone|"
        "telemóvel|cellulare|numero di telefono|telefoon|telefoonnummer|mobiel|mobiele telefoon|"
        "gsm nummer|komórka|numer telefonu|tel komórkowy|telefon komórkowy|telefonszám|puhelin|"
        "puhelinnumero|matkapuhelin|sími|farsími|mobilní telefon|telefonní číslo|číslo telefonu|"
        "telefoane|cep telefonu|iş telefonu|ev telefonu|телефон|номер телефона|мобильный|"
        "мобильный телефон|сотовый|рабочий телефон|домашний телефон|мобільний|τηλέφωνο|κινητό|"
        "電話|電話號碼|手機|手機號碼|行動電話|流動電話|手提電話|手提|聯絡電話|电话|电话号码|"
        "手机|手机号|手机号码|移动电话|联系电话|座机|電話番号|携帯|携帯電話|携帯番号|전화|"
        "전화번호|휴대폰|휴대전화|핸드폰|연락처"
    ),
    "link": (
        "linkedin|linked in|linkedin url|linkedin profile|linkedin profile url|linkedin link|"
        "linkedin profil|xing|xing url|xing profile|xing profil|profile url|profile link|"
        "social profile|social profile url|profil url|領英"
    ),
    "postcode": (
        "postcode|post code|postal code|postalcode|zip|zip code|zipcode|zip postal code|"
        "postleitzahl|plz|code postal|código postal|codigo postal|cep|cap|codice postale|"
        "postnummer|postnr|kod pocztowy|psč|irányítószám|postinumero|cod poștal|posta kodu|"
        "индекс|почтовый индекс|поштовий індекс|郵遞區號|郵政編碼|郵編|邮政编码|邮编|郵便番号|"
        "우편번호"
    ),
    "city": (
        "city|town|locality|suburb|city town|ort|stadt|wohnort|ville|ciudad|localidad|población|"
        "cidade|città|citta|comune|plaats|woonplaats|stad|miasto|miejscowość|město|mesto|város|"
        "kaupunki|postort|poststed|oraș|şehir|il|город|місто|град|πόλη|城市|縣市|縣 市|市|"
        "市區町村|市区町村|所在城市|도시|시"
    ),
    "region": (
        "state|region|province|county|state region|state province|bundesland|kanton|région|"
        "département|provincia|estado|distrito|regione|provincie|województwo|megye|lääni|län|"
        "область|регион|область край|省|省份|州|地區|地区|都道府県|시도"
    ),
    "address_country": (
        "address country|country of address|adresse land|land der adresse|pays de l adresse|"
        "地址國家|地址国家"
    ),
    "country": (
        "country|country region|country of residence|residence country|country code|nation|land|"
        "land region|staat|wohnsitzland|pays|pays région|pays de résidence|país|pais|"
        "país de residencia|paese|nazione|kraj|země|ország|maa|țară|ülke|страна|країна|държава|"
        "χώρα|國家|國家地區|居住國家|国家|国家地区|国|국가"
    ),
    "street": (
        "street|street address|address line|address street|address|postal address|street line|"
        "road|po box|straße|strasse|straße hausnummer|anschrift|adresse|postadresse|rue|"
        "adresse postale|voie|calle|dirección|direccion|domicilio|rua|morada|endereço|endereco|"
        "via|indirizzo|straat|adres|ulica|ulice|adresa|utca|cím|katu|katuosoite|osoite|gata|"
        "gate|gade|adress|stradă|sokak|cadde|улица|адрес|вулиця|адреса|οδός|διεύθυνση|地址|街道|"
        "通訊地址|住址|街|详细地址|通讯地址|住所|番地|주소"
    ),
    "given": (
        "first name|given name|forename|firstname|fname|first|given|given names|vorname|"
        "vornamen|rufname|prénom|prenom|nombre de pila|primer nombre|nome próprio|primeiro nome|"
        "voornaam|roepnaam|imię|imiona|křestní jméno|keresztnév|utónév|etunimi|förnamn|fornavn|"
        "prenume|ime|ad|adı|имя|ім'я|име|όνομα|名字|名|given name s|이름"
    ),
    "middle": (
        "middle name|middle|additional name|weitere vornamen|zweiter vorname|deuxième prénom|"
        "segundo nombre|secondo nome|drugie imię|отчество|по батькові|中間名|中间名"
    ),
    "family": (
        "last name|family name|surname|lastname|lname|last|second name|nachname|familienname|"
        "zuname|nom de famille|apellido|apellidos|sobrenome|apelido|último nome|cognome|"
        "achternaam|familienaam|nazwisko|příjmení|priezvisko|vezetéknév|családnév|sukunimi|"
        "efternamn|efternavn|etternavn|nume de familie|prezime|priimek|soyad|soyadı|soyisim|"
        "фамилия|прізвище|επώνυμο|姓氏|姓|성"
    ),
    "organisation": (
        "company|company name|organisation|organization|organisation name|organization name|"
        "account name|account|employer|firm|business name|affiliation|institution|firma|"
        "firmenname|unternehmen|arbeitgeber|betrieb|société|entreprise|organisme|empresa|"
        "compañía|compania|organización|organização|azienda|società|ditta|organizzazione|"
        "bedrijf|bedrijfsnaam|organisatie|nazwa firmy|przedsiębiorstwo|společnost|spoločnosť|"
        "cég|cégnév|yritys|företag|virksomhed|bedriften|companie|tvrtka|podjetje|şirket|"
        "şirket adı|компания|организация|место работы|компанія|фирма|εταιρεία|公司|公司名稱|"
        "公司名称|機構|机构|單位|单位|工作單位|工作单位|会社|会社名|勤務先|회사|회사명"
    ),
    "job_title": (
        "job title|title|position|job position|job|designation|occupation|job function|"
        "berufsbezeichnung|stelle|stellung|funktion|position titel|fonction|poste|titre|"
        "intitulé du poste|cargo|puesto|qualifica|ruolo|functie|functietitel|stanowisko|pozice|"
        "funkce|beosztás|munkakör|nimike|befattning|stilling|funcție|ünvan|unvan|görev|"
        "должность|посада|длъжност|θέση|職稱|職位|職銜|职称|职位|职务|役職|직책|직위|직함"
    ),
    "language": (
        "language|preferred language|sprache|korrespondenzsprache|langue|idioma|lingua|taal|"
        "język|jazyk|nyelv|kieli|språk|sprog|limbă|dil|язык|мова|語言|语言|言語|언어"
    ),
    "full": (
        "name|full name|fullname|contact name|display name|complete name|person name|"
        "name in full|vollständiger name|anzeigename|vor und nachname|vorname nachname|"
        "vorname und nachname|ansprechpartner|kontaktperson|nom|nom complet|nom et prénom|"
        "nom prénom|nombre|nombre completo|nombre y apellidos|nome|nome completo|nome e cognome|"
        "naam|volledige naam|imię i nazwisko|jméno|jméno a příjmení|név|teljes név|nimi|namn|"
        "navn|nafn|nume|nume complet|ad soyad|adı soyadı|isim|фио|ф и о|полное имя|"
        "имя и фамилия|піб|ονοματεπώνυμο|姓名|全名|顯示名稱|显示名称|名稱|聯絡人|联系人|氏名|"
        "名前|お名前|성명|성함|이름 성"
    ),
}  # fmt: skip
# Which one of several, and words that say nothing: none of them changes the field.
QUALIFIERS = frozenset(
    "work working business office company corporate professional home private personal "
    "residential other additional main primary secondary tertiary alternate "
    "alternative alt default preferred direct mobile cell daytime evening day new "
    "current mailing postal billing shipping delivery invoice contact contacts person "
    "people customer client lead member subscriber recipient participant attendee "
    "candidate applicant employee your my the of s a value text no nr number num "
    "address addr adresse line info information details data field column kontakt ihre "
    "ihr deine votre su tu uw geschäftlich geschäft dienstlich dienst firma beruflich "
    "arbeit büro zentrale privat privater haupt weitere weiterer andere anderer "
    "sonstige allgemein nummer kunde bureau domicile travail professionnel "
    "professionnelle personnel personnelle principal principale autre de du des la le "
    "l numéro trabajo casa particular otro otra número cliente lavoro ufficio "
    "abitazione altro trabalho escritório comercial residencial outro werk zakelijk "
    "thuis privé overig klant praca służbowy prywatny dom domowy klient arbete hem "
    "jobb arbejde hjem praktik iş ev рабочий рабочая домашний домашняя личный личная "
    "основной основная служебный контакт клиент 工作 商務 商务 公司 辦公室 办公室 辦公 "
    "办公 住家 住宅 家庭 家用 家 私人 個人 个人 主要 其他 其它 另 備用 备用 聯絡 联系 "
    "聯絡人 联系人 客戶 客户 值 地址 號碼 号码 一 二 三 通訊 通讯 郵寄 邮寄 帳單 账单 "
    "送貨 勤務先 会社 自宅 個人用 その他 担当者 お客様 직장 회사 집 개인 기타 고객 "
    "담당자".split()
)
DIGITS = re.compile(r"\d+|[:#]")
EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# The place that is meant: a country beside it is one of an address.
PLACES = frozenset(
    "work business office company mailing postal billing shipping delivery home "
    "private primary alternate alternative alt other address adresse geschäftlich "
    "dienstlich privat firma bureau domicile trabajo casa 工作 商務 商务 公司 住家 "
    "住宅 家庭 地址".split()
)


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[str, str], ...]:
    """(phrase, field): the longest first, and of those equally long the earlier field."""
    found = [(p, field) for field, phrases in PHRASES.items() for p in phrases.split("|")]
    return tuple(sorted(found, key=lambda pair: -len(pair[0])))


@lru_cache(maxsize=4096)
def field_of(heading: str) -> str:
    """The field that a heading names by its words; "" where it names none, or something else."""
    words = " ".join(DIGITS.sub(" ", parted(heading)).split())
    if not words or len(words) > LONGEST:
        return ""
    for phrase, field in _phrases():
        for rest in _without(words, phrase):
            if all(_adds_nothing(word, field) for word in rest):
                return "address_country" if field == "country" and PLACES & set(rest) else field
    return ""


# No program has longer headings that mean a field.
LONGEST = 60


def _without(words: str, phrase: str) -> Iterator[list[str]]:
    """What remains of a heading beside this phrase."""
    if EAST_ASIAN.search(phrase):
        before, found, after = words.partition(phrase)
        if found:
            yield [*before.split(), *after.split()]
    elif f" {phrase} " in f" {words} ":
        before, _found, after = f" {words} ".partition(f" {phrase} ")
        yield [*before.split(), *after.split()]


def _adds_nothing(word: str, field: str) -> bool:
    """Whether a word says which one of several is meant, or the same once more."""
    return word in QUALIFIERS or f"|{word}|" in f"|{PHRASES[field]}|" or _is_of_qualifiers(word)


def _is_of_qualifiers(word: str) -> bool:
    """Whether a word of a script without spaces is put together of such words."""
    if not EAST_ASIAN.search(word):
        return False
    return any(
        word.startswith(part) and (len(part) == len(word) or _is_of_qualifiers(word[len(part) :]))
        for part in QUALIFIERS
        if EAST_ASIAN.search(part)
    )
