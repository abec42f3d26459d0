"""What an answer means: done, refused, not now, or nobody knows. What is kept of it holds no secret."""

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from app.connectors.egress import WireAnswer
from app.domain.base import Json, JsonObject, canonical_json
from app.ports.live import AnswerSpec, LiveSpec, LookSpec, SaidSpec
from app.privacy.redact import redact

HIDDEN: Final = "[secret]"
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 300.0
USUAL_WAIT: Final = 5.0
MOST_WORDS: Final = 300


class End(StrEnum):
    """How one call ended."""

    DONE = "done"
    REFUSED = "refused"
    LATER = "later"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ended:
    """How one call ended, with what may be kept of it."""

    end: End
    error: str = ""
    reference: str = ""
    said: JsonObject = field(default_factory=dict)
    wait: float = USUAL_WAIT
    already: bool = False


def judge_answer(answer: WireAnswer, live: LiveSpec, secrets: Iterable[str], now: datetime) -> Ended:
    """What the answer to a sending call means. Only what the block declares is taken for done."""
    said = record_answer(answer, secrets)
    body = read_json(answer)
    if answer.status == 429 or _says(live.later, answer, body):
        wait = wait_of(answer, now)
        return Ended(End.LATER, f"the other side did nothing and asks to wait {wait:.0f} s", said=said, wait=wait)
    if _says(live.already, answer, body):
        return Ended(End.REFUSED, "the other side says that it is there already", said=said, already=True)
    if answer.status in live.done.status:
        return _judge_success(answer, live.done, body, said)
    if 400 <= answer.status < 500 and answer.status != 408:
        return Ended(End.REFUSED, f"the other side answered {answer.status}{_words(said)}", said=said)
    return Ended(End.UNKNOWN, f"the other side answered {answer.status}, which tells nothing of it", said=said)


def _judge_success(answer: WireAnswer, done: AnswerSpec, body: Json, said: JsonObject) -> Ended:
    needs_body = bool(done.equals or done.empty or (done.reference and not done.reference.startswith("{")))
    if needs_body and not isinstance(body, dict | list):
        return Ended(End.UNKNOWN, f"the other side answered {answer.status} with what cannot be read", said=said)
    refusals = [path for path in done.empty if value_at(body, path) not in (None, [], "", {})]
    other = {path: value_at(body, path) for path, wanted in done.equals.items() if value_at(body, path) != wanted}
    if refusals or any(found is not None for found in other.values()):
        return Ended(End.REFUSED, f"the other side answered {answer.status} and refused{_words(said)}", said=said)
    named = done.reference and not done.reference.startswith("{")
    reference = reference_at(body, done.reference) if named else ""
    if other or (named and not reference):
        return Ended(
            End.UNKNOWN, f"the other side answered {answer.status} without what shows that it was done", said=said
        )
    return Ended(End.DONE, reference=reference, said=said)


def find_in(answer: WireAnswer, look: LookSpec, match: Mapping[str, str]) -> str | None:
    """The reference of what was looked for, None when it is not there; ValueError when the answer tells nothing."""
    body = read_json(answer)
    if answer.status not in look.answer.status or not isinstance(body, dict | list):
        raise ValueError(f"asked what became of it, the other side answered {answer.status}")
    good = all(value_at(body, path) == wanted for path, wanted in look.answer.equals.items())
    if not good or any(value_at(body, path) not in (None, [], "", {}) for path in look.answer.empty):
        raise ValueError("asked what became of it, the other side refused to tell")
    items = value_at(body, look.list) if look.list else [body]
    if not isinstance(items, list):
        raise ValueError("asked what became of it, the other side answered without the list that was asked for")
    for item in items:
        if all(str(value_at(item, path)) == wanted for path, wanted in match.items()):
            found = reference_at(item, look.reference)
            if found:
                return found
    return None


def value_at(body: Json, path: str) -> Any:
    """What stands at a path such as data.nodes.0.id; None where there is nothing. An empty path is the whole."""
    here: Any = body
    for part in path.split(".") if path else ():
        if isinstance(here, Mapping):
            here = here.get(part)
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here


def reference_at(body: Json, path: str) -> str:
    """The id at a path; empty where there is none."""
    found = value_at(body, path) if path else None
    return str(found)[:200] if isinstance(found, str | int) and not isinstance(found, bool) else ""


def read_json(answer: WireAnswer) -> Json:
    """The body, when it is whole and JSON."""
    if not answer.whole or not answer.body:
        return None
    try:
        body: Json = json.loads(answer.body)
        canonical_json(body)
    except (ValueError, RecursionError):
        return None
    return body


def record_answer(answer: WireAnswer, secrets: Iterable[str]) -> JsonObject:
    """What is kept of an answer: its status and its words, without secrets."""
    body = read_json(answer)
    text = answer.body.decode("utf-8", "replace") if body is None else None
    kept: JsonObject = {
        "http_status": answer.status,
        "body": hide_secrets(body if text is None else text[:2_000], secrets),
    }
    return kept if answer.whole else {**kept, "cut": True}


def hide_secrets(said: Json, secrets: Iterable[str]) -> Json:
    """The same without any secret of ours, and without what looks like anybody's."""
    spellings = spellings_of(secrets)

    def clean(value: Json) -> Json:
        if isinstance(value, str):
            for spelling in spellings:
                value = value.replace(spelling, HIDDEN)
            return redact(value).text
        if isinstance(value, Mapping):
            return {str(clean(key)): clean(inner) for key, inner in value.items()}
        return [clean(inner) for inner in value] if isinstance(value, list | tuple) else value

    return clean(said)


def spellings_of(secrets: Iterable[str]) -> list[str]:
    """Each secret as it is, and as other places spell it; the longest first."""
    found = set()
    for secret in secrets:
        if len(secret) >= 4:
            encoded = secret.encode()
            found |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], secret[::-1], encoded.hex()}
            found |= {
                base64.b64encode(encoded).decode().rstrip("="),
                base64.urlsafe_b64encode(encoded).decode().rstrip("="),
            }
    return sorted(found, key=lambda spelling: (-len(spelling), spelling))


def wait_of(answer: WireAnswer, now: datetime) -> float:
    """How long the other side asks to wait, in seconds or as a date; within bounds."""
    said, millis = answer.headers.get("retry-after", ""), answer.headers.get("x-rate-limit-time-reset-ms", "")
    if millis.isdigit() and not said:
        said = str(int(millis[:9]) / 1000)
    try:
        wait = float(said)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(said) - now).total_seconds()
        except (TypeError, ValueError):
            wait = USUAL_WAIT
    return USUAL_WAIT if math.isnan(wait) else min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def _says(said: SaidSpec | None, answer: WireAnswer, body: Json) -> bool:
    if said is None or answer.status not in said.status:
        return False
    words = value_at(body, said.path) if body is not None else answer.body.decode("utf-8", "replace")
    return words is not None and said.contains.lower() in json.dumps(words, ensure_ascii=False).lower()


def _words(said: JsonObject) -> str:
    """The first words of an answer, for the sentence of a failure."""
    body = said.get("body")
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False) if body else ""
    return f": {text[:MOST_WORDS]}" if text else ""
