"""Asks a model within limits: so many seconds, one more try, a line that rests after failures, few calls at once.

Every failure of a vendor's library, whatever it is, becomes ModelTrouble: whoever asked goes on without the model.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any, Final, Protocol, TypeVar

import structlog
from pydantic import BaseModel

from app.domain.errors import ModelTrouble
from app.domain.questions import Fallback
from app.llm.traces import Traces
from app.ports.model import ModelReply, ModelStanding, ModelState, Prompt, Told

log = structlog.get_logger()
M = TypeVar("M", bound=BaseModel)
MOST_AT_ONCE: Final = 8
LONGEST_REPLY: Final = 20_000
LEAST_FOR_ANOTHER_TRY: Final = 0.3
"""Seconds that must be left for a second try."""
TOO_MANY: Final = 429
LETTERS_A_TOKEN: Final = 4


class Lines(Protocol):
    """What keeps a line that fails from being called: `app.connectors.breaker` has one."""

    def wait_before(self, tenant: str, tool: str) -> float | None:
        """None when a call may go out, else the seconds to wait."""
        ...

    def tell(self, tenant: str, tool: str, *, well: bool) -> None:
        """How a call went."""
        ...


@dataclass(frozen=True)
class Prices:
    """US dollars for a million tokens, read and written."""

    read: float | None = None
    written: float | None = None

    def cost(self, tokens_in: int, tokens_out: int) -> int | None:
        """Millionths of a dollar."""
        if self.read is None or self.written is None:
            return None
        return round(tokens_in * self.read + tokens_out * self.written)


@dataclass(frozen=True)
class _Heard:
    """What came back within the time: an answer, or what went wrong."""

    value: Any = None
    failure: Exception | None = None


class Listener:
    """Who is told of an answer as it comes, until he leaves: a call that goes on too long tells nobody any more."""

    def __init__(self, heard: Told | None) -> None:
        self._heard, self._lock = heard, Lock()

    def hear(self, text: str) -> None:
        """All that was written so far."""
        with self._lock:
            if self._heard is not None:
                self._heard(text)

    def leave(self) -> None:
        """From now on nothing is told."""
        with self._lock:
            self._heard = None


class ChatModel:
    """Implements LanguageModel on a chat model of langchain."""

    def __init__(
        self,
        name: str,
        make: Callable[[], tuple[str, Any] | str],
        prompts: Mapping[str, Prompt],
        lines: Lines,
        prices: Prices,
        traces: Traces | None = None,
    ) -> None:
        self._name, self._make, self._prompts = name, make, prompts
        self._lines, self._prices, self._traces = lines, prices, traces or Traces()
        self._client: Any = None
        self._reason = ""
        self._places = BoundedSemaphore(MOST_AT_ONCE)

    def warm(self) -> Thread:
        """Import what is large and make the client, beside everything else."""
        thread = Thread(target=self._open, name="open-model", daemon=True)
        thread.start()
        return thread

    def _open(self) -> None:
        heard = _hear(self._make)
        if heard.failure is not None:
            self._reason = f"{self._name} cannot be opened: {type(heard.failure).__name__}"
        elif isinstance(heard.value, str):
            self._reason = heard.value
        else:
            self._name, self._client = heard.value
        log.info("model.opened", model=self._name, ready=self._client is not None, reason=self._reason)

    def state(self) -> ModelState:
        """How it is, without asking it."""
        if self._client is not None:
            return ModelState(name=self._name, standing=ModelStanding.READY)
        if self._reason:
            return ModelState(name=self._name, reason=self._reason)
        return ModelState(name=self._name, standing=ModelStanding.STARTING, reason="its libraries are being imported")

    def prompt(self, name: str) -> Prompt:
        """The instructions of that name."""
        return self._prompts[name]

    def say(self, tenant_id: str, prompt: Prompt, told: str, seconds: float, heard: Told | None = None) -> ModelReply:
        """Free text, read as it comes: what goes on too long is cut off."""
        began, late = time.monotonic(), Event()
        listener = Listener(heard)
        with self._traces.record(self._name, prompt.version) as noted:
            try:
                whole = self._ask(tenant_id, seconds, late, lambda: self._stream(prompt, told, late, listener))
            finally:
                listener.leave()
            text = str(whole.text) if whole is not None else ""
            if not text.strip():
                raise ModelTrouble(Fallback.NONSENSE, f"{self._name} wrote nothing")
            reply = self._reply(text, whole, prompt.text + told, began)
            noted.update(_count_usage(reply))
        return reply

    def fill(self, tenant_id: str, prompt: Prompt, told: str, shape: type[M], seconds: float) -> tuple[M, ModelReply]:
        """A value of this shape; what does not fit it is trouble."""
        began, late = time.monotonic(), Event()
        said = [("system", prompt.text), ("human", told)]

        def call() -> Any:
            return self._client.with_structured_output(shape, include_raw=True).invoke(said)

        with self._traces.record(self._name, prompt.version) as noted:
            found = self._ask(tenant_id, seconds, late, call)
            parsed = found.get("parsed") if isinstance(found, dict) else None
            if not isinstance(parsed, shape):
                raise ModelTrouble(Fallback.NONSENSE, f"{self._name} answered in no shape that was asked for")
            reply = self._reply(parsed.model_dump_json(), found["raw"], prompt.text + told, began)
            noted.update(_count_usage(reply))
        return parsed, reply

    def close(self) -> None:
        """Send the traces that wait."""
        self._traces.close()

    def _stream(self, prompt: Prompt, told: str, late: Event, listener: "Listener") -> Any:
        whole: Any = None
        for chunk in self._client.stream([("system", prompt.text), ("human", told)]):
            whole = chunk if whole is None else whole + chunk
            listener.hear(str(whole.text))
            if late.is_set() or len(str(whole.text)) > LONGEST_REPLY:
                break
        return whole

    def _ask(self, tenant_id: str, seconds: float, late: Event, call: Callable[[], Any]) -> Any:
        """The answer to a call, tried once more where there is time; ModelTrouble says why there is none."""
        if self._client is None:
            starting = self.state().standing is ModelStanding.STARTING
            raise ModelTrouble(Fallback.STARTING if starting else Fallback.NO_MODEL, self.state().reason)
        wait = self._lines.wait_before(tenant_id, self._name)
        if wait is not None:
            raise ModelTrouble(Fallback.RESTING, f"{self._name} failed too often and rests", delay=wait)
        ends = time.monotonic() + seconds
        heard = self._listen(call, ends, late)
        again = ends - time.monotonic() > LEAST_FOR_ANOTHER_TRY
        if heard.failure is not None and _status_of(heard.failure) != TOO_MANY and again:
            heard = self._listen(call, ends, late)
        self._lines.tell(tenant_id, self._name, well=heard.failure is None)
        if heard.failure is None:
            return heard.value
        if isinstance(heard.failure, ModelTrouble):
            raise heard.failure
        status = _status_of(heard.failure)
        log.info("model.failed", model=self._name, failure=type(heard.failure).__name__, status=status)
        raise ModelTrouble(Fallback.FAILED, f"{self._name} failed: {status or type(heard.failure).__name__}")

    def _listen(self, call: Callable[[], Any], ends: float, late: Event) -> _Heard:
        """What a call says in time; one that does not end goes on by itself, and only so many may."""
        if not self._places.acquire(blocking=False):
            return _Heard(failure=ModelTrouble(Fallback.BUSY, f"{self._name} has {MOST_AT_ONCE} calls open"))
        box: SimpleQueue[_Heard] = SimpleQueue()

        def run() -> None:
            try:
                box.put(_hear(call))
            finally:
                self._places.release()

        Thread(target=run, name="ask-model", daemon=True).start()
        try:
            return box.get(timeout=max(ends - time.monotonic(), 0.01))
        except Empty:
            late.set()
            return _Heard(failure=ModelTrouble(Fallback.LATE, f"{self._name} did not answer in time"))

    def _reply(self, text: str, message: Any, asked: str, began: float) -> ModelReply:
        counted = getattr(message, "usage_metadata", None) or {}
        read = int(counted.get("input_tokens") or len(asked) // LETTERS_A_TOKEN)
        written = int(counted.get("output_tokens") or len(text) // LETTERS_A_TOKEN)
        return ModelReply(
            text=text,
            tokens_in=read,
            tokens_out=written,
            micros=self._prices.cost(read, written),
            milliseconds=round((time.monotonic() - began) * 1000),
        )


def _count_usage(reply: ModelReply) -> dict[str, int]:
    return {"gen_ai.usage.input_tokens": reply.tokens_in, "gen_ai.usage.output_tokens": reply.tokens_out}


def _hear(call: Callable[[], Any]) -> _Heard:
    """The one place where whatever a vendor's library raises is caught."""
    try:
        return _Heard(value=call())
    except Exception as failure:  # noqa: BLE001 - whatever a vendor raises, the answer of the rules stands
        return _Heard(failure=failure)


def _status_of(failure: BaseException | None) -> int | None:
    """The HTTP status behind a failure, whatever the library calls it."""
    while failure is not None:
        for name in ("status_code", "code"):
            found = getattr(failure, name, None)
            if isinstance(found, int):
                return found
        failure = failure.__cause__
    return None
