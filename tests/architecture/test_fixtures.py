"""The shipped examples are what they promise: enough, varied, consistent, and strict when somebody breaks them."""

import json
import re
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from app.domain.base import Stage
from app.domain.errors import BadConfig
from app.domain.signals import SignalType
from simulations.fixtures import WINDOW, demo_world, load_fixtures

FOLDER = Path(__file__).resolve().parents[2] / "simulations"
END = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
FILES = ("tickets.json", "api_errors.json", "webhook_failures.json", "migration_states.json", "demo.yaml")


def rows(name: str) -> list[dict]:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def four_grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[place : place + 4]) for place in range(len(words) - 3)}


@pytest.fixture(scope="module")
def loaded():
    return load_fixtures(FOLDER, "demo", END)


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def test_there_are_enough_examples():
    assert [len(rows(name)) >= least for name, least in zip(FILES[:4], (40, 60, 40, 6), strict=True)] == [True] * 4


def test_no_two_tickets_share_more_than_three_tenths_of_their_four_word_runs():
    """Copied tickets would make clustering look better than it is."""
    grams = [(row["ticket_id"], four_grams(f"{row['subject']} {row['body']}")) for row in rows("tickets.json")]
    alike = [(one, other) for (one, a), (other, b) in combinations(grams, 2) if len(a & b) > 0.3 * min(len(a), len(b))]
    assert alike == []


def test_tickets_come_in_several_languages_with_and_without_codes():
    bodies = [f"{row['subject']} {row['body']}" for row in rows("tickets.json")]
    assert sum(bool(re.search(r"[A-Z]+_[A-Z_]+", body)) for body in bodies) in range(2, len(bodies) // 2)
    for words in (("nicht", "unsere"), ("depuis", "ce"), ("desde", "no")):
        assert sum(all(word in body.casefold().split() for word in words) for body in bodies) >= 1


def test_api_errors_carry_the_public_codes_and_no_other():
    assert {row["error_code"] for row in rows("api_errors.json")} == {
        "PAYMENT_CALLBACK_INVALID",
        "WEBHOOK_ENDPOINT_NOT_FOUND",
        "RATE_LIMIT_EXCEEDED",
        "AUTH_TOKEN_VERSION_MISMATCH",
    }


def test_webhooks_fail_in_four_ways():
    ways = Counter((row["error_code"], row["status"]) for row in rows("webhook_failures.json"))
    assert min(ways.values()) >= 5
    assert {code for code, _ in ways} == {
        "WEBHOOK_ENDPOINT_NOT_FOUND",
        "WEBHOOK_SIGNATURE_INVALID",
        "WEBHOOK_CONNECTION_TIMEOUT",
        "WEBHOOK_SCHEMA_MISMATCH",
    }


def test_the_merchants_stand_in_all_stages_with_health_and_issues(loaded):
    assert Counter(merchant.stage for merchant in loaded.merchants) == {
        Stage.POST: 3,
        Stage.IN_PROGRESS: 2,
        Stage.PRE: 1,
    }
    assert all(merchant.health is not None for merchant in loaded.merchants)
    assert sum(merchant.issues for merchant in loaded.merchants) > 0
    assert len({merchant.currency for merchant in loaded.merchants}) >= 2


def test_the_files_and_the_world_tell_of_the_same_merchants(loaded):
    assert loaded.merchants == demo_world(FOLDER, END).merchants()


def test_who_is_told_of_in_one_file_and_not_in_the_other_is_named(folder):
    demo = (folder / "demo.yaml").read_text(encoding="utf-8")
    (folder / "demo.yaml").write_text(demo.replace("MERCH-F6A7B8", "MERCH-NOSUCH"), encoding="utf-8")
    with pytest.raises(BadConfig, match=r"demo\.yaml: residents: MERCH-F6A7B8, MERCH-NOSUCH"):
        load_fixtures(folder, "demo", END)


def test_errors_are_a_spike_after_a_quiet_time(loaded):
    told = [s for s in loaded.signals if s.is_error and s.error_code]
    quiet = [s for s in told if s.occurred_at < END - timedelta(minutes=80)]
    late = [s for s in told if s.occurred_at >= END - timedelta(minutes=60)]
    assert len(late) / 60 > 5 * len(quiet) / 100


def test_everything_lies_within_the_hours_before_the_end(loaded):
    assert all(END - WINDOW <= signal.occurred_at < END for signal in loaded.signals)
    assert loaded.signals == sorted(loaded.signals, key=lambda signal: (signal.occurred_at, signal.id))


def test_there_is_healthy_traffic_to_compare_with(loaded):
    kinds = Counter(signal.signal_type for signal in loaded.signals)
    assert (
        min(
            kinds[kind]
            for kind in (
                SignalType.PAYMENT,
                SignalType.ORDER,
                SignalType.API_CALL,
                SignalType.WEBHOOK_DELIVERY,
                SignalType.KPI,
            )
        )
        > 100
    )
    assert kinds[SignalType.MIGRATION_UPDATE] == 6
    assert {signal.merchant_id for signal in loaded.signals if signal.signal_type is SignalType.ORDER} == {
        m.id for m in loaded.merchants
    }


def test_loading_again_on_another_day_names_the_same_signals(loaded):
    again = load_fixtures(FOLDER, "demo", END + timedelta(days=3, seconds=11))
    assert {signal.id for signal in again.signals} == {signal.id for signal in loaded.signals}
    assert len({signal.id for signal in loaded.signals}) == len(loaded.signals)
    assert {signal.id for signal in load_fixtures(FOLDER, "other", END).signals}.isdisjoint(
        signal.id for signal in loaded.signals
    )


def test_no_signal_carries_a_setting_or_a_cause(loaded):
    """A signal that tells the answer would make every later score a lie."""
    causes = [path.stem for path in (FOLDER.parent / "config" / "domain_packs").glob("*/causes/*.yaml")]
    text = "\n".join(signal.model_dump_json(exclude_none=True) for signal in loaded.signals)
    assert not [word for word in (*causes, "callback_scheme", "cache_generation", "strain") if word in text]


def break_row(folder: Path, name: str, index: int, **changes: object) -> None:
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    content[index] |= changes
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_every_wrong_row_is_named_by_file_and_index_and_nothing_is_loaded(folder):
    break_row(folder, "tickets.json", 3, colour="red")
    break_row(folder, "api_errors.json", 7, minutes_before_end=-1)
    break_row(folder, "webhook_failures.json", 9, attempt="often")
    break_row(folder, "migration_states.json", 2, health=7)
    with pytest.raises(BadConfig) as refused:
        load_fixtures(folder, "demo", END)
    problems = "\n".join(refused.value.problems)
    for place in (
        "tickets.json[3].colour",
        "api_errors.json[7].minutes_before_end",
        "webhook_failures.json[9].attempt",
        "migration_states.json[2].health",
    ):
        assert place in problems


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("tickets.json", "{", "tickets.json: "),
        ("tickets.json", "{}", "must be a list"),
        ("tickets.json", "[3]", "tickets.json[0]: must be an object"),
        ("tickets.json", '[{"ticket_id": "1", "ticket_id": "2"}]', "stands twice"),
        ("api_errors.json", '[{"minutes_before_end": NaN}]', "NaN is not a number"),
        ("migration_states.json", "[]", "no row for merchant MERCH-A1B2C3"),
    ],
)
def test_a_file_that_is_no_list_of_rows_is_refused_with_a_sentence(folder, name, content, told):
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadConfig, match=re.escape(told)):
        load_fixtures(folder, "demo", END)


def test_a_missing_file_and_a_repeated_or_missing_id_are_named(folder):
    (folder / "webhook_failures.json").unlink()
    break_row(folder, "tickets.json", 1, ticket_id=rows("tickets.json")[0]["ticket_id"])
    break_row(folder, "api_errors.json", 5, attributes={})
    with pytest.raises(BadConfig) as refused:
        load_fixtures(folder, "demo", END)
    problems = "\n".join(refused.value.problems)
    assert "webhook_failures.json: cannot be read" in problems
    assert "tickets.json[1]: the id" in problems
    assert "api_errors.json[5]: needs the sender's id" in problems
