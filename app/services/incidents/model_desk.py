"""Where use cases ask the language model: within what is left of the time, of the tenant's budget and of its rate, with
everything counted in the store, and nothing sent that is secret.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from pydantic import BaseModel, Field

from app.context import AppContext, ModelLimits
from app.domain.base import Moment, Value
from app.domain.errors import ModelTrouble
from app.domain.questions import Fallback, ModelUse
from app.domain.tenants import Scope
from app.ports.model import ModelReply, Prompt, Told
from app.ports.store import Session
from app.privacy.redact import redact

log = structlog.get_logger()
M = TypeVar("M", bound=BaseModel)
NOTE: Final = "model_usage"
KEPT_DAYS: Final = 31
LEAST_SECONDS: Final = 0.2
LETTERS_A_TOKEN: Final = 4
FORESEEN_ANSWER: Final = 300
"""Tokens that an answer is taken to need until it is there."""


BILLED: Final = frozenset({Fallback.LATE, Fallback.NONSENSE})


class ModelDay(Value):
    """What a tenant used of the model in one day (UTC)."""

    day: str
    calls: int = 0
    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    micros: int = 0
    milliseconds: int = 0
    worded: int = 0
    dropped: int = 0
    fallbacks: dict[str, int] = Field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.tokens_in + self.tokens_out


class ModelUsage(Value):
    """The days, newest first, and the calls of the last minute."""

    days: tuple[ModelDay, ...] = ()
    recent: tuple[Moment, ...] = ()

    def of_day(self, day: str) -> ModelDay:
        """That day, or an empty one."""
        return next((one for one in self.days if one.day == day), ModelDay(day=day))

    def with_day(self, day: ModelDay) -> "ModelUsage":
        """The same with this day in its place."""
        others = [one for one in self.days if one.day != day.day]
        return self.changed(days=tuple(sorted([day, *others], key=lambda one: one.day, reverse=True)[:KEPT_DAYS]))


def read_usage(session: Session) -> ModelUsage:
    """What a tenant used so far."""
    stored = session.notes.get(NOTE)
    return ModelUsage.model_validate(stored) if stored else ModelUsage()


@dataclass
class ModelDesk:
    """One question's way to the model."""

    ctx: AppContext
    scope: Scope
    use: ModelUse
    began: float = field(default_factory=time.monotonic)
    prompts: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether the conversation lets the model do anything."""
        return self.use is not ModelUse.OFF

    def say(self, name: str, told: str, heard: Told | None = None) -> ModelReply:
        """Free text by a prompt, told as it comes; ModelTrouble where there is none, counted."""
        prompt, safe = self._prepare(name, told)
        seconds = self._open_call(prompt, safe)
        try:
            reply = self.ctx.model.say(self.scope.tenant_id, prompt, safe, seconds, heard)
        except ModelTrouble as trouble:
            self._close_call(prompt, safe, None, trouble.reason)
            raise
        self._close_call(prompt, safe, reply, "")
        return reply

    def fill(self, name: str, told: str, shape: type[M]) -> M:
        """A value by a prompt; ModelTrouble where there is none, counted."""
        prompt, safe = self._prepare(name, told)
        seconds = self._open_call(prompt, safe)
        try:
            value, reply = self.ctx.model.fill(self.scope.tenant_id, prompt, safe, shape, seconds)
        except ModelTrouble as trouble:
            self._close_call(prompt, safe, None, trouble.reason)
            raise
        self._close_call(prompt, safe, reply, "")
        return value

    def count_lines(self, worded: int, dropped: int) -> None:
        """How many lines were let through, and how many were not."""
        with self.ctx.store.write(self.scope) as session:
            usage, today = self._read_today(session)
            fallbacks = dict(today.fallbacks)
            if not worded:
                fallbacks[Fallback.GATE] = fallbacks.get(Fallback.GATE, 0) + 1
            changed = today.changed(worded=today.worded + worded, dropped=today.dropped + dropped, fallbacks=fallbacks)
            session.notes.put(NOTE, usage.with_day(changed).plain())

    def _prepare(self, name: str, told: str) -> tuple[Prompt, str]:
        return self.ctx.model.prompt(name), redact(told).text

    def _read_today(self, session: Session) -> tuple[ModelUsage, ModelDay]:
        usage = read_usage(session)
        return usage, usage.of_day(f"{self.ctx.system.now():%Y-%m-%d}")

    def _open_call(self, prompt: Prompt, told: str) -> float:
        """The seconds there are; what the call will need is set aside, so that calls at once do not overdraw."""
        left = self.ctx.model_limits.seconds - (time.monotonic() - self.began)
        now = self.ctx.system.now()
        with self.ctx.store.write(self.scope) as session:
            usage, today = self._read_today(session)
            recent = tuple(one for one in usage.recent if one > now - timedelta(minutes=1))
            reason = _find_refusal(today, recent, left, self.ctx.model_limits)
            if reason is None:
                recent = (*recent, now)
                today = today.changed(calls=today.calls + 1, tokens_in=today.tokens_in + _foresee_tokens(prompt, told))
            else:
                today = today.changed(fallbacks=_add_one(today.fallbacks, reason))
            session.notes.put(NOTE, usage.changed(recent=recent).with_day(today).plain())
        if reason is not None:
            raise ModelTrouble(reason, f"the model is not asked: {reason}")
        return left

    def _close_call(self, prompt: Prompt, told: str, reply: ModelReply | None, reason: str) -> None:
        """Put what it took in the place of what was set aside, which stays where an answer came too late to be counted:
        it is billed all the same.
        """
        aside = 0 if reason in BILLED else _foresee_tokens(prompt, told)
        with self.ctx.store.write(self.scope) as session:
            usage, today = self._read_today(session)
            changed = today.changed(
                answers=today.answers + (1 if reply else 0),
                tokens_in=max(today.tokens_in - aside, 0) + (reply.tokens_in if reply else 0),
                tokens_out=today.tokens_out + (reply.tokens_out if reply else 0),
                micros=today.micros + ((reply.micros or 0) if reply else 0),
                milliseconds=today.milliseconds + (reply.milliseconds if reply else 0),
                fallbacks=_add_one(today.fallbacks, reason) if reason else today.fallbacks,
            )
            session.notes.put(NOTE, usage.with_day(changed).plain())
        if reply is not None:
            self.prompts.append(prompt.version)
        log.info(
            "model.asked",
            tenant=self.scope.tenant_id,
            prompt=prompt.version,
            tokens_in=reply.tokens_in if reply else 0,
            tokens_out=reply.tokens_out if reply else 0,
            micros=reply.micros if reply else None,
            milliseconds=reply.milliseconds if reply else None,
            fallback=reason or None,
        )


def _find_refusal(today: ModelDay, recent: tuple[datetime, ...], left: float, limits: ModelLimits) -> Fallback | None:
    if left < LEAST_SECONDS:
        return Fallback.LATE
    if today.tokens >= limits.daily_tokens or today.micros >= limits.daily_micros:
        return Fallback.BUDGET
    return Fallback.RATE if len(recent) >= limits.per_minute else None


def _foresee_tokens(prompt: Prompt, told: str) -> int:
    return (len(prompt.text) + len(told)) // LETTERS_A_TOKEN + FORESEEN_ANSWER


def _add_one(counted: dict[str, int], reason: str) -> dict[str, int]:
    return {**counted, str(reason): counted.get(str(reason), 0) + 1}
