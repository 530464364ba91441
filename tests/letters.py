"""Count anew the letters of names by language, by which the encoding of a file is guessed.

    python -m tests.letters

Rewrites `crm/imports/letters.py` from Faker's lists of names, towns, firms and trades and our own
words of headers and names; how well files are told then, `tests.benchmarks.encodings` says.
"""

import importlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "crm" / "imports" / "letters.py"
LOCALES = {
    "pl": ["pl_PL"],
    "cs": ["cs_CZ"],
    "sk": ["sk_SK"],
    "hu": ["hu_HU"],
    "hr": ["hr_HR"],
    "sl": ["sl_SI"],
    "ro": ["ro_RO"],
    "de": ["de_DE", "de_AT", "de_CH", "de"],
    "fr": ["fr_FR", "fr_CH", "fr_CA", "fr_BE"],
    "es": ["es_ES", "es_MX", "es_CO", "es_AR", "es_CL", "es"],
    "pt": ["pt_PT", "pt_BR"],
    "it": ["it_IT"],
    "nl": ["nl_NL", "nl_BE"],
    "sv": ["sv_SE"],
    "da": ["da_DK"],
    "no": ["no_NO"],
    "fi": ["fi_FI"],
    "et": ["et_EE"],
    "lv": ["lv_LV"],
    "lt": ["lt_LT"],
    "tr": ["tr_TR"],
    "el": ["el_GR", "el_CY"],
    "ru": ["ru_RU"],
    "uk": ["uk_UA"],
    "bg": ["bg_BG"],
    "ja": ["ja_JP"],
    "ko": ["ko_KR"],
    "zh_CN": ["zh_CN"],
    "zh_TW": ["zh_TW"],
}
KINDS = ("person", "address", "company", "job")
# What Faker has in another writing, or as a pattern.
NO_LIST = re.compile(r"__|romanized|romaji|postcode|format")
OUR_OWN = {
    "pl": (
        "Imię Imiona Nazwisko Hasło Województwo Małgorzata Michał Łukasz Agnieszka Wójcik "
        "Kowalczyk Dąbrowski Lewandowska Zieliński Szymański Woźniak Kozłowski Jabłoński "
        "Wróbel Król Wieczorek Jaworski Michalska Zając Święcicka Żak Ślusarczyk Ćwik Źrebiec "
        "Łódź Kraków Wrocław Poznań Gdańsk Stanowisko Państwo Urodzony Adres Płeć Książka "
        "Wiśniewski Jóźwiak Łoś Żółtowski Pączek Świątek Gąsior Bąk Błaszczyk Kołodziej "
        "Pawłowski Głowacki Kubiś Mróz"
    ),
    "cs": (
        "Jméno Příjmení Společnost Země Město Ulice Česko PSČ Telefonní číslo Dvořák Novák "
        "Svobodová Černý Procházka Kučera Veselý Horák Němec Pokorný Pospíšil Hájek Jelínek "
        "Král Růžička Beneš Fiala Sedláček Doležal Zeman Kolář Navrátil Čermák Vaněk Urban "
        "Blažek Kříž Řehoř Šťastný Žižka Ďuriš Ťok Jiří Tomáš Lukáš Ondřej Matěj Šimon Štěpán "
        "Zdeňka Věra Alžběta Kateřina Růžena Božena Něco"
    ),
    "sk": (
        "Meno Priezvisko Spoločnosť Krajina Mesto Štát Kováč Horváth Varga Tóth Nagy Baláž "
        "Szabó Molnár Balog Ľuboš Ľudmila Ľubica Štefan Ďurica Ťažký Kňaz Žofia Kamiš Vŕba "
        "Hŕbek Stĺp Bôžik Môťovský Pôbiš Juraj Mária Katarína Anežka Hruška Šťavnický "
        "Gašparovič Dzurinda Červeň Mikuláš"
    ),
    "hu": (
        "Név Vezetéknév Keresztnév Utónév Cég Ország Város Telefonszám Cím Beosztás Levél "
        "Születési Kőszegi Fülöp Hegedűs Gergő Ernő Jenő Dezső Kristóf Bendegúz Petőfi Szőke "
        "Gyűrű Török Vörös Kőműves Fűtő Ördög Árpád Ákos Éva Ágnes Ödön Őri Űrhegyi Sándor "
        "József István Mátyás Zoltán Béla Gábor Csaba Zsófia Erzsébet Tímea Tünde Csilla Réka "
        "Nóra Sára Szűts Erőss Bíró Lővei Győri Rőzse Szőllősi Mező Kerekes Bőhm Gerő Kertész "
        "Szilágyi Németh Lukács Simó Széll Szentgyörgyi Csokonai Vőlegény Dombrádi Gyöngyösi "
        "Ferenczi Kőrösi Benkő Cseh Jókai Göncz Gönczi Szűr Sípos Fűzfa Előd Csűri Örs Örkény "
        "Zsűri"
    ),
    "hr": (
        "Ime Prezime Tvrtka Država Grad Pošta Horvat Kovačević Babić Marić Jurić Novak "
        "Kovačić Knežević Vuković Marković Petrović Matić Tomić Pavlović Božić Blažević Grgić "
        "Pavić Radić Perić Filipović Šarić Lovrić Vidović Perković Popović Bošnjak Jukić "
        "Barišić Žuljević Đurđević Đorđe Đurić Čović Ćosić Šimić Mađarić"
    ),
    "sl": (
        "Ime Priimek Podjetje Država Pošta Kovač Krajnc Zupančič Potočnik Kovačič Horvat "
        "Golob Božič Kralj Korošec Turk Bizjak Kotnik Hribar Kavčič Rožman Kastelic Oblak "
        "Žagar Petek Kolar Košir Zajc Šuštar Čeh Černe Žnidaršič Šinkovec Urška Matjaž Štefka "
        "Jernej Primož Boštjan"
    ),
    "ro": (
        "Prenume Țară Județ Oraș Telefon Adresă Funcție Ștefan Țiriac Ionuț Mălin Pârvulescu "
        "Răzvan Bălan Munteanu Stănescu Bogdănescu Mureșan Chiriță Dragoș Mihăiță Gheorghiță "
        "Cătălin Cătălina Mădălina Brândușa Înțelept Ioniță Niță Șerban Dănuț Călin "
        "Drăgulescu Oprișan Păun Tănase Ciobănașu Mocănașu Văcaru Luminița Codruța Anișoara "
        "Constanța București Iași Brașov Timișoara Pitești Bacău Brăila Galați Botoșani "
        "Călărași Târgoviște Țepeș Șandru Țuțea Sârbu Vîlcu Pîrvu Făgărășan Lăcătuș Rădulescu "
        "Ghiță Fătu Hîncu Crăciun Păcurar Cârstea Nițu Bușe Roșu Roșca Moroșanu Neagoș "
        "Sălăgean Bârsan"
    ),
    "de": (
        "Straße Größe Geschäftlich Land Tätigkeit Müller Schäfer Köhler König Krüger Schröder "
        "Schäffer Bäcker Weiß Groß Strauß Günther Jürgen Jörg Käthe Björn Sören Änderung "
        "Österreich Übersee Öttinger Löwe Fröhlich Böhm Kühn Großmann Vögel Zürich Düsseldorf "
        "Köln München Nürnberg Präsident Büro Hörmann Mößner Rößler Preuß Voß Meißner Heß"
    ),
    "fr": (
        "Prénom Société Téléphone Numéro Adresse Pays Fonction Été Hélène François Françoise "
        "Benoît Zoé Chloé Jérôme Cédric Frédéric Gérard Mélanie Stéphane Aurélie Béatrice "
        "Céline Raphaël Noël Joël Gaël Lefèvre Mercœur Œuvre Dupré Fabrè Lemaître Bérenger "
        "Rivière Garçon Façade Théâtre Île Maître Côté Drôme Rhône Hôpital Forêt Evêque Être "
        "Élise Émile Étienne"
    ),
    "es": (
        "Teléfono Dirección País Compañía Correo electrónico Código Muñoz Núñez Peña Ibáñez "
        "Yáñez Castaño Ordóñez Martínez García López Sánchez Pérez Gómez Fernández Álvarez "
        "Jiménez Ruíz Hernández Díaz Gutiérrez Vázquez Ramírez Domínguez Suárez Méndez Iñaki "
        "Begoña Íñigo Ángel Óscar Úrsula Ñañez Agüero Argüelles Güell Sofía Lucía José María "
        "Andrés Tomás Raúl Jesús Mónica Verónica"
    ),
    "pt": (
        "Endereço País Título Função Código João Conceição Simão Assunção Magalhães Guimarães "
        "Simões Lourenço Gonçalves Araújo Antónia António Inês Luís Cláudia Patrícia Verónica "
        "Mónica Sebastião Damião Falcão Leitão Camões Patrão Brandão Galvão Mourão Beltrão "
        "Ângela Ávila Évora Óbidos Estêvão Tomé Sá Ção Sertã Sião Nuñes São Paulo Graça Muçum "
        "Anão Câmara Antônio Mendonça Bragança França Assis Falé Lã Irmã"
    ),
    "it": (
        "Città Società Nicolò Niccolò Giosuè Noè Mosè Cefalù Forlì Cantù Libertà Università "
        "Pèrez Maffè Calì Rosà Dalmà Bonomì Macrì Foà Salomè Però Ciò Carrà Virtù Belardì "
        "Viganò Pirrò Calò Crocè Zoè"
    ),
    "nl": (
        "België Coöperatie Joël Daniël Michaël Raphaël Chloë Zoë Noëlle Renée André René "
        "Desirée Ariën Israël Loïs Anaïs Maïté Haïti Geïnteresseerd Patiënt Coördinatie "
        "Financiën Curaçao Jürgen Gérard Müller"
    ),
    "sv": (
        "Företag Förnamn Övrigt Åkerström Sjöberg Björk Lindström Bergström Nordström "
        "Söderberg Hägg Häggström Sandström Öberg Åberg Nyström Lundström Höglund Malmö "
        "Göteborg Västerås Örebro Norrköping Jönköping Linköping Umeå Gävle Borås Växjö Åsa "
        "Åke Göran Jörgen Kjell Märta Gösta Håkan Mårten Östen Örjan Pär Bäckström Ekström "
        "Hallström Wångström Lövgren Sjögren Ångström"
    ),
    "da": (
        "Stilling Adresse Søren Jørgen Jørgensen Sørensen Møller Kjær Nørgaard Østergaard "
        "Bjørn Åse Pål Håkon Ødegård Sjøberg Bjørk Ærø Rømer Bøgh Grønborg Ågård Bækgaard "
        "Ravnkjær Skovgård Børge Mads Frøya Vålerenga Tromsø Kåre Grøn Hansen Næss Sæther "
        "Bråten Bø Åsen Øyvind Håvard Stølen Ørsted Tønder Købehavn København Århus Sjælland"
    ),
    "fi": (
        "Yhtiö Sähköposti Päivämäärä Virtanen Mäkinen Hämäläinen Mäkelä Järvinen Lehtimäki "
        "Pitkänen Niemelä Ylönen Pöyry Kärkkäinen Väisänen Hyvönen Äijälä Örn Sjöström Åström "
        "Jyväskylä Hämeenlinna Päivi Väinö Yrjö Töölö Särkkä Hänninen Räsänen Seppälä "
        "Kähkönen Pesälä Mäki Jääskeläinen Höglund Rönkkö"
    ),
    "is": (
        "Nafn Föðurnafn Netfang Sími Fyrirtæki Þór Þóra Þórður Þorsteinn Guðmundur Sigurður "
        "Guðrún Jóhann Jóhanna Jón Jónsson Sigurðsson Guðmundsdóttir Björk Ólafur Ólafsdóttir "
        "Ásta Árni Ágúst Æsa Ægir Örn Ösp Íris Ívar Úlfur Ýmir Kristín Margrét Þorbjörg "
        "Þórunn Davíð Hörður Bárður Steingrímur Eiríkur Friðrik Páll Pétur Lárus Bryndís "
        "Svanhvít Auður Heiðrún Sæmundur Sævar Þröstur Reykjavík Ísland Borgarfjörður "
        "Ragnheiður Gísli Hálfdán Njáll Hallgrímsson Þorláksson Guðjón Bjarnadóttir "
        "Jónsdóttir"
    ),
    "et": (
        "Eesnimi Perekonnanimi Ettevõte Tõnu Õnne Jüri Ülle Märt Sööt Põld Rõõm Kõiv Mägi "
        "Tamm Sepp Pärn Võsa Lõhmus Jõgi Kärner Kütt Söödor Pähn Jõe Tõnis Tõnisson Põder "
        "Rüütel Õispuu Õun Üksvärav Ärma Öpik Pärnu Jõhvi Põlva Võru Nõmme Rätsep Kübar Järv "
        "Väljas Krõõt Külli Hõbe Šimanski Žukov"
    ),
    "lv": (
        "Vārds Uzvārds Uzņēmums Tālrunis Bērziņš Kalniņš Ozoliņš Jānis Kārlis Pēteris Ēriks "
        "Ķēniņš Ģirts Ļubova Ņikita Šķēle Žanis Čakste Līga Mārtiņš Ilmārs Krūmiņš Liepiņš "
        "Vītols Zariņš Kļaviņa Ābols Īve Ūdris Dzintra Āboliņa Ēvalds Pētersone Rudzītis "
        "Vējonis Zemītis Ļaudaka"
    ),
    "lt": (
        "Vardas Pavardė Įmonė Šalis Gatvė Telefonas Kazlauskienė Žukauskas Petrauskienė "
        "Jankauskaitė Šimkus Čepaitis Ąžuolas Ėglė Eglė Živilė Jūratė Šarūnas Žilvinas Ūkas "
        "Mindaugas Kęstutis Ąžuolė Vytautė Daukantė Gražvydas Įvairus Dūda Rūta Gabrielė Ugnė "
        "Šiaulių Žvėryno Lukošiūtė Žiliūtė Bružaitė Grigaliūnas Stankevičienė Paulauskaitė "
        "Mickevičius Česnauskas Klaipėda Panevėžys"
    ),
    "tr": (
        "Adı Soyadı Şirket Ülke Şehir İletişim Görevi Müşteri Öztürk Yıldız Yıldırım Şahin "
        "Çelik Aydın Kılıç Doğan Aslan Çetin Kaya Özdemir Arslan Koç Kurt Özkan Şimşek Polat "
        "Yalçın Güneş Bulut Erdoğan Işık İbrahim İsmail Ayşe Gülşen Şükrü Çiğdem Özlem Işıl "
        "İpek Ömer Ümit Oğuz Tuğba Ağca Güngör Dağ Başak Barış Altıntaş İstanbul İzmir "
        "Türkiye Muğla Çağla Ceyhun Gökçe Ertuğrul Süleyman Hüseyin Şebnem Şenol Gülay"
    ),
    "el": (
        "Όνομα Επώνυμο Επίθετο Τηλέφωνο Εταιρεία Εταιρία Χώρα Πόλη Διεύθυνση Θέση Κινητό "
        "Γιώργος Μαρία Παπαδόπουλος Παπαδοπούλου Νικόλαος Δημήτρης Ελένη Κωνσταντίνα Αθήνα "
        "Ελλάδα Ιωάννης"
    ),
    "ru": (
        "Имя Фамилия Отчество Почта Телефон Компания Должность Город Страна Адрес Иван Иванов "
        "Пётр Фёдор Алексей Семён Артём Ольга Наталья Юлия Москва Соловьёв Киселёв Щукин "
        "Эдуард Электронная Организация"
    ),
    "uk": (
        "Ім'я Прізвище Пошта Телефон Компанія Посада Місто Країна Україна Київ Львів Їжакевич "
        "Іван Ярослав Євген Ґалаґан Шевченко Ковальчук Бондаренко Олексій Юрій Сергій Андрій "
        "Дмитро Наталія Марія Юлія Софія Вікторія Кравчук Лисенко Олійник Коваль Мельник "
        "Ткаченко Захар Лариса Тетяна Надія Любов Василь Григорій"
    ),
    "bg": (
        "Име Фамилия Презиме Поща Телефон Фирма Държава Град Длъжност Георги Иван Димитър "
        "Петър Христо Стоян Ангелов Димитров Георгиева Петрова Николов Тодоров Йордан "
        "Йорданка Цветанка Пламен Божидар Велизар Желязков Първанов Къдринова"
    ),
    "ja": (
        "氏名 姓 名 名前 名字 会社 会社名 電話 電話番号 携帯 メール メールアドレス 住所 国 "
        "役職 部署 株式会社 佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 吉田 山田 "
        "佐々木 山口 松本 井上 木村 林 斎藤 清水 太郎 花子 健一 大輔 美咲 陽子 恵子 東京都 "
        "大阪府 日本 セイ メイ フリガナ 様 渡邊 齋藤 髙橋"
    ),
    "ko": (
        "이름 성 성명 성함 회사 회사명 전화 전화번호 휴대폰 이메일 메일 주소 국가 직책 부서 "
        "주식회사 김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 전 홍 고 문 양 손 "
        "배 백 허 유 남 심 노 민준 서연 지우 하은 도윤 서준 수빈 지훈 현우 예은 철수 영희 "
        "민수 한국 대한민국 서울"
    ),
    "zh_TW": (
        "姓名 姓 名 名字 中文姓名 公司 公司名稱 電郵 電郵地址 電子郵件 電話 手提 電話號碼 "
        "地址 職位 職稱 職銜 部門 國家 香港 九龍 新界 有限公司 集團 先生 小姐 女士 博士 "
        "陳大文 李小明 張志強 黃美玲 王家俊 林嘉欣 何 劉 吳 周 楊 梁 鄭 謝 許 鄧 馮 曾 蔡 潘 "
        "葉 郭 蘇 盧 胡 羅 歐 歐陽 朱 高 徐 馬 趙 孫 宋 余 譚 麥 關 方 莫 簡 藍 魏 鍾 江 姚 "
        "廖 溫 呂 黎 袁 湯 石 伍 杜 范 翁 邱 賴 游 詹 許功蓋 偉文 詠詩 嘉慧 俊傑 浩然 子軒 穎 "
        "曉 慧 雅 芳 婷 華 強 國 榮 輝 明 麗 珍 珠 鳳 蓮 英 貴 福 德 成 永 志 家 文 欣 怡 思 "
        "詩 敏 健 康 樂 生 有 限 貿 易 台北 臺灣"
    ),
    "zh_CN": (
        "姓名 姓 名 名字 公司 公司名称 邮箱 电子邮件 电子邮箱 电话 手机 手机号码 地址 职位 "
        "职务 部门 国家 中国 香港 北京 上海 广州 深圳 有限公司 集团 先生 小姐 女士 博士 "
        "陈大文 李小明 张伟 王芳 王秀英 李娜 张敏 刘洋 刘国强 赵 孙 周 吴 郑 冯 褚 卫 蒋 沈 "
        "韩 杨 朱 秦 许 何 吕 施 孔 曹 严 华 金 魏 陶 姜 谢 邹 苏 潘 葛 范 彭 郎 鲁 韦 马 方 "
        "俞 任 袁 柳 鲍 史 唐 费 薛 雷 贺 汤 滕 罗 毕 郝 邓 黄 林 徐 高 梁 宋 董 叶 余 杜 戴 "
        "夏 钟 汪 田 石 谭 廖 贾 陆 付 邱 侯 邵 孟 龙 万 段 钱 建 国 志 强 丽 静 磊 军 洋 勇 "
        "艳 杰 娟 涛 明 超 霞 平 刚 桂 兰 文 辉 玲 欣 怡 浩 宇 轩 梓 涵 子 雨 佳 晨 思 博"
    ),
}  # fmt: skip
EAST = frozenset({"ja", "ko", "zh_TW", "zh_CN"})
HEAD = '''"""Letters of names and headers by language: how surprising each is, and beside which it stands.

Counted from lists of names, towns and trades (Faker's, and our own words of headers) and rounded:
the number before each string is the negative logarithm of the share of its letters, or of its
pairs of letters, among all that are not ASCII. `^` begins a word, `$` ends one. `python -m
tests.letters` counts them anew.
"""

# fmt: off
'''


def main() -> None:
    tables = {lang: tables_of(lang, words) for lang, words in sorted(counted().items())}
    lines: list[str] = []
    for title, name, place in (
        ("One letter each.", "LETTERS", 0),
        ("A letter behind another.", "BEHIND", 1),
        ("A letter before another.", "BEFORE", 2),
    ):
        lines += [f"# {title}", f"{name}: dict[str, dict[int, str]] = {{"]
        for lang, found in tables.items():
            if place < len(found):
                lines += written(lang, found[place])
        lines.append("}")
    TARGET.write_text(HEAD + "\n".join([*lines, "# fmt: on"]) + "\n")


def counted() -> dict[str, Counter[str]]:
    """Language -> its words, those of people counting more."""
    found: dict[str, Counter[str]] = {}
    for lang, locales in LOCALES.items():
        words = found.setdefault(lang, Counter())
        for kind in KINDS:
            for locale in locales:
                for word in set(words_of(kind, locale)):
                    words[word] += 2 if kind == "person" else 1
    for lang, text in OUR_OWN.items():
        words = found.setdefault(lang, Counter())
        for word in text.replace("'", " ").split():
            words[word] += 4
    # Danish and Norwegian write alike.
    found["da"].update(found.pop("no"))
    return found


def words_of(kind: str, locale: str) -> Iterator[str]:
    try:
        module = importlib.import_module(f"faker.providers.{kind}.{locale}")
    except ImportError:
        return
    for name, value in vars(module.Provider).items():
        if not NO_LIST.search(name):
            for text in strings(value):
                yield from re.findall(r"[^\W\d_]+", text)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple | set):
        for part in value:
            yield from strings(part)


def tables_of(lang: str, words: Counter[str]) -> list[dict[str, float]]:
    """How surprising each letter is, and each pair with the letter before or behind it."""
    alone: Counter[str] = Counter()
    behind: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for word, number in words.items():
        letters = [c if c == "İ" else c.lower() for c in spelled(lang, word)]
        for at, letter in enumerate(letters):
            if letter.isascii() or len(letter) > 1:
                continue
            alone[letter] += number
            behind[(letters[at - 1] if at else "^") + letter] += number
            before[letter + (letters[at + 1] if at + 1 < len(letters) else "$")] += number
    if lang == "ja":
        for first, end in ((0x3041, 0x3094), (0x30A1, 0x30FB)):
            alone.update({chr(code): 3 for code in range(first, end)})
        alone.update({"ー": 20, "々": 4})
    total = alone.total()
    if lang in EAST:
        return [{c: -math.log(n / total) for c, n in alone.items()}]
    # Foreign letters in a list are noise.
    own = {c: n for c, n in alone.items() if n / total > 0.0015}
    least = 2 if total > 1500 else 1
    pairs = (
        {pair: n for pair, n in table.items() if n >= least and pair[place] in own}
        for table, place in ((behind, 1), (before, 0))
    )
    return [{c: -math.log(n / total) for c, n in table.items()} for table in (own, *pairs)]


def spelled(lang: str, word: str) -> str:
    word = unicodedata.normalize("NFC", word)
    # The encodings of Romania have the letters with a cedilla.
    return word.translate(str.maketrans("șțȘȚ", "şţŞŢ")) if lang == "ro" else word


def written(lang: str, table: dict[str, float]) -> Iterator[str]:
    by: dict[int, list[str]] = {}
    for text, surprise in table.items():
        by.setdefault(min(9, max(0, round(surprise))), []).append(text)
    yield f'    "{lang}": {{'
    for surprise, texts in sorted(by.items()):
        lines = list(wrapped("".join(sorted(texts))))
        if len(lines) == 1:
            yield f'        {surprise}: "{lines[0]}",'
        else:
            yield f"        {surprise}: ("
            yield from (f'            "{line}"' for line in lines)
            yield "        ),"
    yield "    },"


def wrapped(text: str, room: int = 84) -> Iterator[str]:
    line, width = "", 0
    for letter in text:
        wide = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width + wide > room:
            yield line
            line, width = "", 0
        line, width = line + letter, width + wide
    yield line


if __name__ == "__main__":
    main()
