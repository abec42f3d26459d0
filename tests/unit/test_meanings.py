"""What messages mean, whatever their words, speaks for a cause or for none of them, and where nothing can compare
meanings, nothing is claimed.
"""

import math
from collections.abc import Sequence

import pytest

from app.domain.dossier_facts import MeaningMatch
from app.domain.hypotheses import UNKNOWN, Dossier, Hypothesis
from app.observe.match import listed_values
from app.observe.meanings import ASTRAY, BESIDE, FARTHEST, LONGEST, MOST_TEXTS, match_meanings, say_what_is_meant
from app.reason.next_check import list_next_checks
from app.reason.score import score_causes
from tests.builders import make_signal
from tests.faults import pack
from tests.told import Case, failure, looked_at, told_as
from tests.unit.test_pivotal_evidence import is_the_smallest, pivot_of

STALE = "cache_not_invalidated"
SIGN = "messages_of_this_meaning"


class SharedWords:
    """Sentences mean the same as far as they share their words."""

    def nearness(self, texts: Sequence[str], groups: Sequence[Sequence[str]]) -> list[list[float]]:
        told = [[set(one.casefold().split()) for one in group] for group in groups]
        said = [set(text.casefold().split()) for text in texts]
        return [[max((self._share(one, other) for other in group), default=0.0) for group in told] for one in said]

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        raise AssertionError("messages are compared with sentences, not placed")

    @staticmethod
    def _share(one: set[str], other: set[str]) -> float:
        return len(one & other) / max(len(one | other), 1)


def sentences_of(cause: str) -> list[str]:
    known = pack().cause(cause)
    signs = known.signs if known else pack().unknown_signs
    return next(listed_values(sign.test, "meaning") for sign in signs if "meaning" in sign.test)


def saying(messages: Sequence[str]) -> Dossier:
    return looked_at(told_as(Case([failure("/x", 500, one) for one in messages])), SharedWords())


def weighed(dossier: Dossier, cause: str) -> Hypothesis:
    return next(one for one in score_causes(dossier, dossier.evidence, pack()) if one.cause == cause)


def test_where_nothing_compares_meanings_nothing_is_claimed() -> None:
    messages = sentences_of(STALE)[:4]
    assert match_meanings(messages, pack(), None) == MeaningMatch()
    assert match_meanings([], pack(), SharedWords()) == MeaningMatch()
    dossier = looked_at(told_as(Case([failure("/x", 500, one) for one in messages])))
    assert "meanings" not in dossier.facts.model_dump(mode="json")
    assert all(SIGN not in {one.sign for one in weighed(dossier, cause.id).findings_for} for cause in pack().causes)


def test_messages_that_mean_what_a_cause_says_speak_for_it_and_cite_the_row_that_tells_so() -> None:
    dossier = saying(sentences_of(STALE)[:4])
    found = next(one for one in weighed(dossier, STALE).findings_for if one.sign == SIGN)
    (row,) = [one for one in dossier.evidence if "meanings" in one.data]
    assert found.evidence_ids == (row.id,) and row.signal_ids
    title = next(one.title for one in pack().causes if one.id == STALE)
    assert title in row.statement
    others = [one for one in weighed(dossier, "dns_tls_cutover").findings_for if one.sign == SIGN]
    assert others == []


def test_messages_of_other_trouble_speak_for_the_unknown() -> None:
    quiet, foreign = saying(["something happened"]), saying(sentences_of(UNKNOWN)[:6])
    assert weighed(foreign, UNKNOWN).score > pack().unknown_prior == weighed(quiet, UNKNOWN).score
    assert score_causes(foreign, foreign.evidence, pack())[0].cause == UNKNOWN


def test_messages_that_tell_nothing_do_not_drown_those_that_do() -> None:
    telling = sentences_of(STALE)[:3]
    alone = match_meanings(telling, pack(), SharedWords()).likeness[f"{STALE}/{SIGN}"]
    among = match_meanings([*telling, "one", "two", "three"], pack(), SharedWords()).likeness[f"{STALE}/{SIGN}"]
    assert alone == 1.0 and among > 0.75


def test_a_message_that_sounds_like_another_cause_may_be_astray_and_a_routine_one_counts_for_less() -> None:
    telling = sentences_of(STALE)[:3]
    astray = sentences_of("webhook_secret_mismatch")[0]
    alone = match_meanings([*telling, astray], pack(), SharedWords()).likeness[f"{STALE}/{SIGN}"]
    routine = match_meanings([*telling, astray], pack(), SharedWords(), {astray}).likeness[f"{STALE}/{SIGN}"]
    assert 1 + math.log(ASTRAY) / 4 / FARTHEST - 1e-4 <= alone < routine < 1.0


def test_where_too_much_is_said_what_is_routine_is_left_out_first() -> None:
    telling = sentences_of(STALE)[:1]
    usual = [f"{one} {number}" for number in range(MOST_TEXTS) for one in ["nightly job done"] * 3]
    kept = match_meanings([*usual, *telling], pack(), SharedWords(), set(usual)).likeness
    crowded = match_meanings([*usual, *telling], pack(), SharedWords()).likeness
    assert kept[f"{STALE}/{SIGN}"] > crowded.get(f"{STALE}/{SIGN}", 0.0)


def test_other_trouble_beside_speaks_against_a_cause_by_no_more_than_how_seldom_it_is_said_there() -> None:
    telling, foreign = sentences_of(STALE)[:3], sentences_of(UNKNOWN)[:1]
    found = match_meanings([*telling, *foreign], pack(), SharedWords()).likeness
    assert found[f"{STALE}/{SIGN}"] >= 1 + math.log(BESIDE) / 4 / FARTHEST - 1e-4
    assert found[f"{STALE}/{SIGN}"] > found[f"{UNKNOWN}/other_trouble"]


def test_what_comes_often_counts_more_than_what_came_once_and_not_as_often_as_it_came() -> None:
    one, other = sentences_of(STALE)[0], sentences_of(UNKNOWN)[0]
    once, often = (
        match_meanings([*[one] * count, other], pack(), SharedWords()).likeness[f"{STALE}/{SIGN}"] for count in (1, 9)
    )
    lost = 1 - once
    assert once < often < 1 and 1 - often == pytest.approx(lost * 2 / 4, abs=1e-3)


def test_messages_that_come_near_to_no_sentence_say_nothing() -> None:
    assert match_meanings(["qwertz", "asdf"], pack(), SharedWords()) == MeaningMatch()


def test_only_so_many_messages_are_compared_and_only_their_beginnings() -> None:
    seen: list[str] = []

    class Noting(SharedWords):
        def nearness(self, texts: Sequence[str], groups: Sequence[Sequence[str]]) -> list[list[float]]:
            seen.extend(texts)
            return super().nearness(texts, groups)

    often = ["the one that came most"] * 3
    match_meanings([*(f"{number} {'x' * LONGEST}" for number in range(40)), *often], pack(), Noting())
    assert len(seen) == MOST_TEXTS and seen[0] == often[0]


def test_a_signal_says_its_code_in_words_and_the_beginning_of_its_message() -> None:
    signal = make_signal(1, error_code="SCOPE_MISSING.readOrders", error_message="x" * 2 * LONGEST)
    assert say_what_is_meant(signal, signal.text()) == f"scope missing read orders {'x' * LONGEST}"
    assert say_what_is_meant(make_signal(2, error_code="GONE"), "") == "gone"


def test_a_code_alone_speaks_for_the_cause_that_it_names() -> None:
    dossier = looked_at(told_as(Case([failure("/x", 500, "", "SCOPE_MISSING_FOR_WRITING")])), SharedWords())
    assert dossier.facts.meanings.messages == 1


def test_what_would_change_a_mind_reckons_with_meanings_as_the_scores_do() -> None:
    for dossier in (saying(sentences_of(STALE)[:5]), saying(sentences_of(UNKNOWN)[:5])):
        assert is_the_smallest(dossier, pivot_of(dossier)) == ""


def test_nobody_is_asked_what_messages_mean() -> None:
    dossier = looked_at(told_as(Case([failure("/x", 500, "it broke")])))
    asked = list_next_checks(dossier, score_causes(dossier, dossier.evidence, pack()), pack())
    assert asked and not any(SIGN in one.model_dump_json() for one in asked)
