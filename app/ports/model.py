"""What use cases ask of a language model: a name, a state, and answers within a time limit. Whether anything of an
answer is believed is decided by whoever asked.
"""

from collections.abc import Callable
from enum import StrEnum
from threading import Thread
from typing import Protocol, TypeVar

from pydantic import BaseModel

from app.domain.base import Value
from app.domain.errors import ModelTrouble
from app.domain.questions import Fallback

M = TypeVar("M", bound=BaseModel)
Told = Callable[[str], None]
"""Is told all that was written so far, each time there is more."""


class Prompt(Value):
    """One file of instructions, and the version that answers made with it carry."""

    name: str
    version: str
    text: str


class ModelStanding(StrEnum):
    """Whether a model can be asked."""

    NONE = "none"
    STARTING = "starting"
    READY = "ready"


class ModelState(Value):
    """Which model there is, whether it can be asked, and in a sentence why not."""

    name: str = ""
    standing: ModelStanding = ModelStanding.NONE
    reason: str = ""


class ModelReply(Value):
    """What it wrote, and what that took."""

    text: str
    tokens_in: int
    tokens_out: int
    micros: int | None = None
    """Millionths of a US dollar; None where no price is set."""
    milliseconds: int = 0


class LanguageModel(Protocol):
    """One model. Every method raises ModelTrouble where it has no answer in time."""

    def warm(self) -> Thread | None:
        """Open it beside everything else, by a thread that can be waited for; its libraries take seconds."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...

    def state(self) -> ModelState:
        """How it is, without asking it."""
        ...

    def prompt(self, name: str) -> Prompt:
        """The instructions of that name."""
        ...

    def say(self, tenant_id: str, prompt: Prompt, told: str, seconds: float, heard: Told | None = None) -> ModelReply:
        """Free text; `heard` is told of it as it comes, and never after this has returned."""
        ...

    def fill(self, tenant_id: str, prompt: Prompt, told: str, shape: type[M], seconds: float) -> tuple[M, ModelReply]:
        """A value of this shape; what does not fit it is trouble."""
        ...


class NoModel:
    """There is none, and why."""

    def __init__(self, reason: str = "none is set") -> None:
        self._reason = reason

    def warm(self) -> Thread | None:
        """There is nothing to open."""
        return None

    def close(self) -> None:
        """There is nothing to let go of."""

    def state(self) -> ModelState:
        """None, with the reason."""
        return ModelState(reason=self._reason)

    def prompt(self, name: str) -> Prompt:
        """Nothing is asked, so nothing is needed."""
        raise ModelTrouble(Fallback.NO_MODEL, self._reason)

    def say(self, tenant_id: str, prompt: Prompt, told: str, seconds: float, heard: Told | None = None) -> ModelReply:
        """Nobody answers."""
        raise ModelTrouble(Fallback.NO_MODEL, self._reason)

    def fill(self, tenant_id: str, prompt: Prompt, told: str, shape: type[M], seconds: float) -> tuple[M, ModelReply]:
        """Nobody answers."""
        raise ModelTrouble(Fallback.NO_MODEL, self._reason)
