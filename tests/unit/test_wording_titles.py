"""Titles are recorded in English and said in the language of whoever asks."""

import pytest

from app.config.load import load_config
from app.config.uploaded import read_uploaded_pack
from app.domain.errors import BadConfig
from app.domain.spoken import Translations
from app.wording.titles import Titles, list_titles
from tests.telling import CONFIG

TOLD = Titles(
    {
        "the callback is not HTTPS": {"de": "der Rückruf nutzt kein HTTPS"},
        "Have {stores} moved": {"de": "{stores} umziehen lassen", "fr": "Faire déplacer {stores} {who} {0}"},
        "Allow {attribute.origin} to call": {"de": "{attribute.origin} zulassen"},
    }
)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("the callback is not HTTPS", "der Rückruf nutzt kein HTTPS"),
        ("The callback is not HTTPS", "Der Rückruf nutzt kein HTTPS"),
        ("the callback is not HTTPS (3 stores) (edited)", "der Rückruf nutzt kein HTTPS (3 Läden) (bearbeitet)"),
        ("Have 1 store moved", "1 Laden umziehen lassen"),
        ("Allow shop.example to call", "Shop.example zulassen"),
        ("PAYMENT_FAILED at /api/pay", "PAYMENT_FAILED bei /api/pay"),
        ("Fewer orders than usual", "Weniger Bestellungen als sonst"),
        ("under 1%", "unter 1%"),
        ("What nobody translated", "What nobody translated"),
    ],
)
def test_a_title_is_said_in_another_language_as_far_as_it_is_known(english: str, german: str) -> None:
    assert TOLD.word_title("de", english) == german
    assert TOLD.word_title("en", english) == english


def test_where_a_language_is_left_out_the_english_stands() -> None:
    assert TOLD.word_title("es", "the callback is not HTTPS") == "the callback is not HTTPS"
    assert TOLD.word_title("es", "Fewer orders than usual") == "Menos pedidos de lo habitual"


def test_a_blank_that_nothing_fills_stays_and_breaks_nothing() -> None:
    assert TOLD.word_title("fr", "Have 2 stores moved") == "Faire déplacer 2 boutiques {who} {0}"


def test_a_pack_of_one_language_is_read_and_a_treatment_names_the_same_in_each() -> None:
    config = load_config(CONFIG)
    lending = config.packs["lending"]
    bare = lending.changed(causes=tuple(one.changed(translated=Translations()) for one in lending.causes))
    title = lending.causes[0].title
    assert list_titles(bare, (), ()).word_title("de", title) == title
    assert list_titles(lending, (), ()).word_title("de", title) == lending.causes[0].translated.de
    tools = {one.name: one for one in config.tools}
    path = next(iter((CONFIG / "domain_packs" / "commerce" / "causes").glob("dns_tls_cutover.yaml")))
    text = path.read_text(encoding="utf-8")
    assert "Domain und Zertifikat von {stores}" in text
    wrong = text.replace("Domain und Zertifikat von {stores}", "Domain und Zertifikat von {shops}")
    with pytest.raises(BadConfig, match="has not the same names in braces as the title"):
        read_uploaded_pack({"causes/dns_tls_cutover.yaml": wrong}, config.packs["commerce"], tools)


@pytest.mark.parametrize("name", ["commerce", "kubernetes", "lending"])
def test_all_that_a_pack_promises_asks_and_calls_its_signs_is_said_in_every_language_and_nothing_else(
    name: str,
) -> None:
    pack = load_config(CONFIG).packs[name]
    said = {one.says: one.translated for one in pack.vocabulary.sayings}
    signs = [sign for cause in pack.causes for sign in cause.signs]
    texts = [sign for cause in pack.causes for sign in cause.contradictions]
    wanted = {one.promise for one in (pack.fallback, *(each for cause in pack.causes for each in cause.treatments))}
    wanted |= {question for cause in pack.causes for question in cause.questions}
    wanted |= {one.asks for one in signs if one.asks} | {one.id.replace("_", " ") for one in signs}
    allowed = wanted | {one.id.replace("_", " ") for one in (*texts, *pack.unknown_signs)}
    allowed |= {one.says for one in (*signs, *texts)}
    assert wanted <= said.keys() <= allowed
    assert all(len(one.told()) == 3 for one in said.values())


def test_every_rule_of_policy_and_every_way_back_is_said_in_every_language() -> None:
    config = load_config(CONFIG)
    assert all(len(one.translated.told()) == 3 for one in config.policies.rules)
    ways = [one.undo for one in config.tools if one.undo and one.undo.get("statement")]
    assert ways and all(set(dict(one["translated"])) == {"de", "fr", "es"} for one in ways)


def test_a_saying_names_the_same_in_each_language() -> None:
    config = load_config(CONFIG)
    path = CONFIG / "domain_packs" / "commerce" / "words.yaml"
    wrong = path.read_text(encoding="utf-8").replace("kein weiterer Laden der Welle {wave}", "kein weiterer Laden")
    tools = {one.name: one for one in config.tools}
    with pytest.raises(BadConfig, match="has not the same names in braces as the English"):
        read_uploaded_pack({"words.yaml": wrong}, config.packs["commerce"], tools)
