"""The words of a domain stand in its pack: a second domain needs no code; a wrong word is refused with its place."""

import re
import shutil
from pathlib import Path

import pytest

from app.config.load import load_config
from app.config.vocabulary import Vocabulary
from app.domain.errors import BadConfig
from app.observe.reading import read_symptoms
from app.observe.streams import ticket_streams, visitor_of
from app.observe.symptoms import symptoms_of
from app.settings import PROJECT
from tests.builders import make_signal

SHIPPED = PROJECT / "config"


def with_words(tmp_path: Path, old: str, new: str) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder)
    file = folder / "domain_packs" / "lending" / "words.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    return folder


def test_what_a_metric_costs_stands_in_the_pack_and_not_in_its_name(tmp_path: Path) -> None:
    words = load_config(SHIPPED).packs["commerce"].vocabulary
    assert words.loses_orders("checkout_completion") and not words.loses_orders("page_views")
    assert words.symptoms_of_metric("checkout_completion") == {"conversion_drop", "checkout_failing"}
    assert words.route_loses_orders("/api/v3/checkout/complete") and not words.route_loses_orders("/api/v3/themes")
    moved = with_words(
        tmp_path, 'names: ["*loan*", "*self_check*"]\n    loses: nothing', "names: [till]\n    loses: order"
    )
    assert load_config(moved).packs["lending"].vocabulary.loses_orders("till")


def test_another_domain_is_read_by_its_own_words_alone() -> None:
    packs = load_config(SHIPPED).packs
    said = "The catalogue is wrong: copies are shown as available but they are on loan"
    assert read_symptoms(said, packs["lending"].vocabulary).leading == "availability_wrong"
    assert read_symptoms("customers pay but no order arrives", packs["lending"].vocabulary).symptoms == {}


def test_what_a_failure_shows_and_whose_it_was_is_said_by_the_pack_alone(tmp_path: Path) -> None:
    packs = load_config(SHIPPED).packs
    shop, library = packs["commerce"].vocabulary, packs["lending"].vocabulary
    refused = make_signal(1, endpoint="/api/v3/checkout/complete", status=401, error_message=None)
    assert symptoms_of(refused, shop) == {"auth_4xx", "auth_failing", "checkout_failing"}
    assert symptoms_of(refused, library) == {"auth_4xx", "auth_failing"}
    assert ticket_streams("Holds never arrive, they are missing", library) == ("tickets|holds_lost",)
    moved = with_words(tmp_path, 'visitors: ["*session*"', 'visitors: ["reader_no*"')
    own = load_config(moved).packs["lending"].vocabulary
    tried = make_signal(2, attributes={"reader_no_hashed": "r7", "session_id": "s1"})
    assert (visitor_of(tried, own), visitor_of(tried, library), visitor_of(tried, Vocabulary())) == ("r7", "s1", "")


def test_a_sign_that_waits_for_a_symptom_of_no_words_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder)
    cause = folder / "domain_packs" / "lending" / "causes" / "kiosk_key_outdated.yaml"
    cause.write_text(cause.read_text().replace("[auth_failing, auth_4xx]", "[auth_failing, auth_5xx]"))
    with pytest.raises(BadConfig) as refused:
        load_config(folder)
    (problem,) = refused.value.facts.get("problems") or [str(refused.value)]
    assert re.search(
        r"domain_packs/lending/causes/kiosk_key_outdated.yaml:\d+: .*'auth_5xx' is not one of the", problem
    )


def test_equal_words_are_one_to_remember_by_wherever_they_were_loaded() -> None:
    first, second = (load_config(SHIPPED).packs["commerce"].vocabulary.model_copy() for _ in range(2))
    assert first == second and hash(first) == hash(second)
    other = first.changed(visitors=("*reader*",))
    assert other != first and hash(other) != hash(first)


def test_a_pack_without_words_is_a_pack(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder)
    (folder / "domain_packs" / "lending" / "words.yaml").unlink()
    words = load_config(folder).packs["lending"].vocabulary
    assert words.symptoms == () and words.title_of("holds_lost") == "holds lost"
    assert {hash(words): 1}[hash(words)] == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("languages: [en]", "languages: [english]", "'english' is no language; write its ISO code"),
        ("together: [[copy, wrong]]", "together: [[copy, wrng]]", "'wrng' is not one of the concepts"),
        ("symptoms: [availability_wrong]", "symptoms: [availability]", "'availability' is not one of the symptoms"),
        ("id: holds_lost", "id: availability_wrong", "names 2 symptoms; give each its own id"),
        ("loses: nothing", "loses: money", "'order' or 'nothing'"),
        ("trouble: [error*,", "trouble: [e*,", "fits nearly every word"),
        ("copy: [copy,", "copy: ['!!',", "holds no word that could be found"),
        ("concepts:", "concept:", "did you mean 'concepts'?"),
        ('statuses: ["401", "403"]', 'statuses: ["401", 6xx]', "write a status such as 404, or a class such as 5xx"),
        ("[auth_4xx, auth_failing]}", "[auth_4xx, auth_fails]}", "'auth_fails' is not one of the symptoms"),
        ("[auth_4xx, auth_failing]}", "[auth_failing]}", "has neither words nor together, and no failure shows it"),
        ("failures:", "counts: {fewer_orders: fewer_loans}\nfailures:", "'fewer_loans' is not one of the symptoms"),
        ("failures:", "messages: {urgent: ['!!']}\nfailures:", "holds no word that could be found"),
        ("failures:", "headlines: [{symptom: late, says: Late}]\nfailures:", "'late' is not one of the symptoms"),
    ],
)
def test_a_wrong_word_is_refused_with_file_line_and_what_to_do(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadConfig) as refused:
        load_config(with_words(tmp_path, old, new))
    problems = [str(one) for one in refused.value.facts.get("problems", ())] or [str(refused.value)]
    assert any("domain_packs/lending/words.yaml:" in one and said in one for one in problems), problems
