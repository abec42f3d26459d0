"""What is asked in a language is answered in it, down to the titles of what is wrong, why, and what is done."""

from collections.abc import Iterator

import pytest

from app.explain.kinds_list import list_kinds
from app.explain.taught import first_example, read_examples
from tests.loop.conftest import Past, open_agency
from tests.told_in_chat import Desk


@pytest.fixture(scope="module")
def desk(first_cycle: Past, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    opened = open_agency(tmp_path_factory.mktemp("languages"), fresh=False, past=first_cycle)
    yield Desk.at(opened)
    opened.application.stop()


def answers_in(desk: Desk, language: str) -> str:
    """Everything that is said to a question of each kind, about an action that waits."""
    said: list[str] = []
    for kind in list_kinds():
        written = [one.text for one in read_examples(kind) if one.language == language]
        question = first_example(kind, language) or written[0]
        told = desk.ask(question.replace("{wave}", "W3"), about=desk.row.id).answer
        said += [*(one.text for one in told.sentences), *told.unknown]
    return "\n".join(said)


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_no_answer_in_another_language_holds_an_english_title(desk: Desk, language: str) -> None:
    said, titles = answers_in(desk, language), desk.titles()
    english = [one.split("{")[0].strip() for one in titles.told if len(one.split()) > 2]
    english += [one.title for one in desk.agency.incidents()] + [row.decision.title for row in desk.agency.rows()]
    held = [one for one in english if len(one) > 12 and one.casefold() in said.casefold()]
    assert not held and desk.row.decision.title not in said
    spoken = titles.word_title(language, desk.row.decision.title)
    assert spoken != desk.row.decision.title and spoken in said


def test_every_title_that_the_pack_and_the_tools_say_is_said_in_every_language(desk: Desk) -> None:
    pack, tools = desk.agency.ctx.pack(desk.agency.scope), desk.agency.ctx.config.tools
    every = [one.translated for one in (*pack.causes, *tools)]
    every += [one.translated for cause in pack.causes for one in cause.treatments]
    every += [one.translated for one in (*pack.vocabulary.symptoms, *pack.vocabulary.headlines)]
    own = [one for one in every if one.told()]
    assert len(own) >= 0.95 * len(every) and all(len(one.told()) == 3 for one in own)


def test_in_english_titles_stand_as_they_were_recorded(desk: Desk) -> None:
    told = desk.ask("Why did you propose this?", about=desk.row.id).answer
    assert desk.row.decision.title in told.sentences[0].text
