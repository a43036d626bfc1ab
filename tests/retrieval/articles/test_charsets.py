"""Bytes that are not UTF-8 are read as their writer meant them."""

from __future__ import annotations

import pytest

from retrieval.articles.charsets import guess

TEXTS = [
    ("The rate was ±5 % in 2008 at 20 °C; it cost ¼ of £5. It came on Friday and was read.", "cp1252"),
    ("The café said “no” to it – naïve. He went on to speak about the letters.", "cp1252"),
    ("The café said “no” to it – naïve. He went on to speak about the letters.", "mac_roman"),
    ("The bread cost 5 € in the shop in 2008. It came on Friday.", "cp1252"),
    ("The bread cost 5 € in the shop in 2008. It came on Friday.", "iso8859_15"),
    ("Lech Wałęsa signed the treaty in Łódź in 2008. It came on Friday.", "cp1250"),
    ("Lech Wałęsa signed the treaty in Łódź in 2008. It came on Friday.", "iso8859_2"),
    ("It cost £5 and it weighed ½ kg, the area is 5 m².", "cp1252"),
    ("© 2008 The mill. It’s 20° today, and 3 × 5 is 15. The fee is 10¢.", "cp1252"),
    ("He met Señor Muñoz, Mr. Ångström, and Björk Guðmundsdóttir in São Paulo.", "cp1252"),
    ("The café is open.", "cp1252"),
    ("The price was £5.", "cp1252"),
    ("He said it – and left.", "cp1252"),
    ("Antonín Dvořák and Karel Čapek met Škoda in Plzeň.", "cp1250"),
    ("Antonín Dvořák and Karel Čapek met Škoda in Plzeň.", "iso8859_2"),
    ("The Café Müller cost £5 — ¼ of it was naïve. It’s “true”.", "cp1252"),
    ("Le maire a déclaré vendredi que l’été serait chaud, même très chaud. À l'école, ça va.", "cp1252"),
    ("Le maire a déclaré vendredi que l’été serait chaud, même très chaud. À l'école, ça va.", "mac_roman"),
    ("Le coût est de 5 € à l'œuvre.", "cp1252"),
    ("Le coût est de 5 € à l'œuvre.", "iso8859_15"),
    ("Der Bürgermeister sagte, die Gespräche würden fortgeführt. Straße, Öl und Äpfel.", "cp1252"),
    ("¿Quién firmó el tratado? El niño no lo sabía. ¡Mañana será!", "cp1252"),
    ("A situação não é tão má, disse o presidente da câmara de São João.", "cp1252"),
    ("Öknen är på väg, sade borgmästaren i Malmö å det bestämdaste.", "cp1252"),
    ("Borgmesteren sagde, at æblerne på øen er røde, og at åen løber.", "cp1252"),
    ("Ordføreren sa at båten går fra øya klokken åtte.", "cp1252"),
    ("Kaupunginjohtaja sanoi, että neuvottelut jatkuvat ensi viikolla täällä.", "cp1252"),
    ("Bæjarstjórinn sagði að viðræðum yrði haldið áfram á þriðjudag.", "cp1252"),
    ("La città è più bella, perché c'è già il sole, disse il sindaco.", "cp1252"),
    ("Rząd ogłosił w środę, że będzie wspierać miasto. Żaden kraj nie zostanie sam.", "cp1250"),
    ("Rząd ogłosił w środę, że będzie wspierać miasto. Żaden kraj nie zostanie sam.", "iso8859_2"),
    ("Starosta řekl, že jednání budou pokračovat. Příště bude líp, říká žena.", "cp1250"),
    ("A polgármester azt mondta, hogy a tárgyalások folytatódnak. Őrült idő, így volt.", "cp1250"),
    ("A polgármester azt mondta, hogy a tárgyalások folytatódnak. Őrült idő, így volt.", "iso8859_2"),
    ("Gradonačelnik je rekao da će se pregovori nastaviti. Što žele građani?", "cp1250"),
    ("Gradonačelnik je rekao da će se pregovori nastaviti. Što žele građani?", "iso8859_2"),
    ("Primarul a spus că negocierile vor continua în această săptămână la Iaşi.", "cp1250"),
    ("Primarul a spus că negocierile vor continua în această săptămână la Iaşi.", "iso8859_2"),
    ("Erdoğan İstanbul'da 2008 yılında anlaşmayı imzaladı. Şehir çok güzel.", "cp1254"),
    ("Мэр города заявил во вторник, что переговоры будут продолжены. Я и он в доме.", "cp1251"),
    ("Мэр города заявил во вторник, что переговоры будут продолжены. Я и он в доме.", "koi8_r"),
    ("Мер міста заявив у вівторок, що переговори будуть продовжені. Її ім'я є.", "cp1251"),
    ("Мер міста заявив у вівторок, що переговори будуть продовжені. Її ім'я є.", "koi8_u"),
    ("Ο δήμαρχος είπε ότι οι συνομιλίες θα συνεχιστούν. Ή όχι.", "cp1253"),
    ("ראש העיר אמר כי השיחות יימשכו בשבוע הבא בירושלים.", "cp1255"),
    ("قال رئيس البلدية إن المحادثات ستستمر الأسبوع المقبل في المدينة.", "cp1256"),
    ("Miesto meras sakė, kad derybos bus tęsiamos. Šįvakar žmonės ėjo į gatvę.", "cp1257"),
    ("Pilsētas mērs sacīja, ka sarunas turpināsies. Šodien ļaudis gāja uz ielām.", "cp1257"),
    ("นายกเทศมนตรีกล่าวว่าการเจรจาจะดำเนินต่อไป", "cp874"),
    ("市長は火曜日に交渉を続けると述べた。大統領は2008年に条約に署名した。", "cp932"),
    ("市長は火曜日に交渉を続けると述べた。大統領は2008年に条約に署名した。", "euc_jp"),
    ("市长星期二说谈判将继续进行。总统签署了条约。", "gb18030"),
    ("시장은 화요일에 협상이 계속될 것이라고 말했다.", "cp949"),
]


@pytest.mark.parametrize(("text", "encoding"), TEXTS)
def test_a_text_is_read_as_it_was_written(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    assert data.decode(guess(data)) == text


def test_what_is_no_text_has_no_encoding() -> None:
    assert guess(b"It came.\0It went.\xe9") == ""
