"""What a model of many languages adds: `python -m tests.bench.languages`. Runbooks asked for in other languages, and
tickets that join what is open, without it and with it, on the half it was fitted on and on the other.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import NamedTuple

from app.config.vocabulary import Vocabulary
from app.explain.taught import read_examples
from app.observe.ticket_fit import IncidentSigns
from app.observe.ticket_joining import Asked, NewTickets, settle_tickets
from app.observe.tongues import Tongues
from rag.chunks import front_matter
from rag.embeddings import Embedder, Lsa, MiniLm, minilm_available
from rag.index import Document, RunbookIndex
from rag.multilingual import find_multilingual
from rag.shipped import RunbookHeader, load_shipped
from tests.builders import NOW, make_ticket
from tests.faults import pack
from tests.ticket_words import ABOUT, Said, halves
from tests.told_in_chat import read_questions

RUNBOOKS = Path(__file__).resolve().parents[2] / "runbooks"
SEED = 7
STRANGE_EACH = 40
HURT = "M-HURT"


class Query(NamedTuple):
    """What somebody types, in which language, and the runbook it is about ("" for none)."""

    language: str
    about: str
    text: str

    @property
    def half(self) -> int:
        """By its letters, so that it stays where it is."""
        return int(sha256(self.text.encode()).hexdigest(), 16) % 2


def list_queries() -> Iterator[Query]:
    """The titles and questions of the runbooks, the same asked in other languages, and what they do not cover."""
    for document, _ in load_shipped(RUNBOOKS, datetime(2026, 3, 2, tzinfo=UTC)):
        header = RunbookHeader.model_validate(front_matter(_read(document.filename))[0])
        yield from (Query("en", header.id, text) for text in (header.title, *header.questions))
    asked = read_questions("runbooks_abroad")
    yield from (Query(one["language"], one["runbook"], one["question"]) for one in asked["questions"])
    yield from (Query(one["language"], "", one["question"]) for one in asked["strange"])
    for language in ("en", "de", "fr", "es"):
        none = [one for one in read_examples("unknown") if one.language == language and "{" not in one.text]
        step = len(none) // STRANGE_EACH
        yield from (Query(language, "", one.text) for one in none[::step][:STRANGE_EACH])


def _read(filename: str) -> str:
    return (RUNBOOKS / filename).read_text("utf-8")


def measure_runbooks(embedder: Embedder) -> None:
    """How many find their runbook among the first three, and how many that none covers are answered all the same."""
    shipped = load_shipped(RUNBOOKS, datetime(2026, 3, 2, tzinfo=UTC))
    with TemporaryDirectory() as folder, RunbookIndex(folder, embedder=embedder) as index:
        index.add([Document(id=one.id, title=one.title, text=_read(one.filename)) for one, _ in shipped])
        found = [(one, [hit.document_id for hit in index.search(one.text, 10)]) for one in list_queries()]
    for half, fitted in enumerate(("fitted on", "judged on")):
        for name, english in (("English", True), ("other languages", False)):
            here = [pair for pair in found if pair[0].half == half and (pair[0].language == "en") is english]
            asked = [(one.about, list(dict.fromkeys(hits))) for one, hits in here if one.about]
            strange = [bool(hits) for one, hits in here if not one.about]
            first = fmean(about in hits[:3] for about, hits in asked)
            rank = fmean(1 / (hits.index(about) + 1) if about in hits else 0 for about, hits in asked)
            print(
                f"runbooks by {embedder.name}, {fitted}, {name}: {first:.1%} of {len(asked)} among the first three,"
                f" MRR {rank:.3f}; of {len(strange)} that none covers {sum(strange)} answered",
                flush=True,
            )


def measure_tickets(words: Vocabulary, tongues: Tongues | None, named: str) -> None:
    """How many join the right one of several incidents that hurt one merchant, another one, or none; how many strangers
    join any.
    """
    asked = [
        Asked(IncidentSigns(symptoms=frozenset({about}), merchants=frozenset({HURT})), is_new=True) for about in ABOUT
    ]
    for said, fitted in zip(halves(SEED), ("fitted on", "judged on"), strict=True):
        joined = list(_settle(said, asked, words, NewTickets(tongues=tongues)))
        told = [(about, found) for about, found in joined if about]
        print(
            f"tickets {named}, {fitted}: {sum(about == found for about, found in told)} of {len(told)} join theirs,"
            f" {sum(found not in {'', about} for about, found in told)} another;"
            f" {sum(bool(found) for about, found in joined if not about)} of {len(joined) - len(told)} strangers join",
            flush=True,
        )


def _settle(
    said: Sequence[Said], asked: Sequence[Asked], words: Vocabulary, known: NewTickets
) -> Iterator[tuple[str, str]]:
    made = [
        make_ticket(place, subject="Help", body=one.text, merchant_id=HURT, occurred_at=NOW)
        for place, one in enumerate(said)
    ]
    found = settle_tickets(made, asked, words, known)
    for one, ticket in zip(said, made, strict=True):
        yield one.about, ABOUT[found[ticket.id].place] if ticket.id in found else ""


def without_words(words: Vocabulary) -> Vocabulary:
    """A pack that knows the words of no language, as of one that nobody wrote words in."""
    plain = tuple(one.model_copy(update={"words": (), "together": ()}) for one in words.symptoms)
    return words.model_copy(update={"symptoms": plain, "concepts": (), "languages": (), "trouble": (), "asking": ()})


def main() -> None:
    """Everything, without the model and with it."""
    model = find_multilingual()
    if model is None:
        sys.exit("the model of many languages is not installed: MULTILINGUAL=1 make setup-test")
    tongues = Tongues.of(model, pack())
    for words, named in ((pack().vocabulary, "by words"), (without_words(pack().vocabulary), "without their words")):
        measure_tickets(words, None, named)
        measure_tickets(words, tongues, f"{named}, with the model")
    measure_runbooks(Lsa())
    if minilm_available():
        measure_runbooks(MiniLm())
    measure_runbooks(model)


if __name__ == "__main__":
    main()
