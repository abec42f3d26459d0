"""The world outside of the durability tests: tools of every repeat class whose other side counts what reaches it, and
incidents that call for them.

What the other side saw is kept in a file of its own, outside the store under test, so that no crash of ours can hide an
effect.
"""

import json
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from app.config.load import load_config
from app.config.model import Config
from app.connectors.request import request_of
from app.domain.base import Severity, canonical_json
from app.domain.errors import Temporary
from app.domain.merchants import Merchant
from app.domain.signals import SignalType, signal_id
from app.domain.tenants import Scope, Tenant, ToolMode
from app.ports.connectors import ToolSpec
from app.schemas.signals import IncomingSignal
from tests.builders import minutes

SHIPPED = Path(__file__).resolve().parents[2] / "config"
PACK = "trial"
PLAYBOOK = {
    "id": "noted",
    "title": "A plan around what is written down",
    "domain": PACK,
    "when": "tool == 'note_down'",
    "steps": [
        {"id": "note", "title": "Write it down", "call_tool": {"tool": "note_down"}},
        {"id": "owner", "title": "Somebody has it", "after": [], "assign_owner": {"owner": "ada"}},
        {"id": "proof", "title": "It can be read back", "after": ["note"], "wait_for": {"what": "receipt"}},
        {"id": "told", "title": "Say so", "after": ["owner", "proof"], "add_comment": {"says": "it is written down"}},
    ],
}
"""What is written down by rule is a step of a plan, each of whose steps is done once."""
EXPIRES_AFTER = 60
SETTING_MINUTES = 10
SIGNALS_EACH = 4
SIGNALS_OF_CANARY, SIGNALS_OF_LOUD = 8, 30
LASTED = 9
AFTERMATH = 150
LETTERS = "abcdefghij"

# --- what can be done
# ----------------------------------------------------------------------------------------------------


class Trial(NamedTuple):
    """One kind of tool: its repeat class, what it does, and whether a person is asked first."""

    tool: str
    repeat: str
    risk: str = "low"
    setting: bool = False


TRIALS = {
    trial.tool: trial
    for trial in (
        Trial("note_down", "idempotent"),
        Trial("file_report", "reconcilable"),
        Trial("page_team", "neither"),
        Trial("asked_note", "idempotent", "medium"),
        Trial("asked_report", "reconcilable", "medium"),
        Trial("asked_page", "neither", "medium"),
        Trial("set_surely", "idempotent", setting=True),
        Trial("set_checked", "reconcilable", setting=True),
        Trial("set_blindly", "neither", setting=True),
        Trial("failing_note", "idempotent"),
        Trial("wrong_setting", "idempotent", setting=True),
        Trial("useless_setting", "reconcilable", setting=True),
        Trial("restore_setting", "idempotent", setting=True),
        Trial("tell_people", "reconcilable", "medium"),
    )
}
"""By the name of the tool. A cause of the same name, with an error code of the same name, is treated by it."""
NEVER_CAUSES = frozenset({"restore_setting", "tell_people"})
ROLLED = ("set_surely", "set_checked", "set_blindly")
"""Settings of many merchants, rolled out in two cohorts under one approval."""
FIRST_COUNTS = {**dict.fromkeys(ROLLED, SIGNALS_OF_CANARY), "useless_setting": SIGNALS_OF_LOUD}
"""How much is told of the first merchant, where that is more than of the others."""
CLASSES = ("note_down", "file_report", "page_team", "asked_note", "asked_report", "asked_page", *ROLLED)
"""Tools that end well when nothing goes wrong, of all three classes: by rule, after an approval, or in cohorts."""
MERCHANTS_ROLLED = 4


def config_folder(target: Path) -> Path:
    """The shipped configuration with these tools, a domain pack that calls for them, and no limit of
    actions per hour.
    """
    shutil.copytree(SHIPPED, target)
    policies = target / "agent_policies.yaml"
    text = policies.read_text()
    for said, instead in (
        ("max_actions_per_hour: 30", "max_actions_per_hour: 1000000"),
        ("  others: 500", "  others: 1000000"),
        ("expires_after_minutes: 4320", f"expires_after_minutes: {EXPIRES_AFTER}"),
    ):
        assert said in text
        text = text.replace(said, instead)
    policies.write_text(text)
    (target / "tools.yaml").write_text(_yaml({"tools": [_tool(trial) for trial in TRIALS.values()]}))
    shutil.rmtree(target / "domain_packs")
    shutil.rmtree(target / "playbooks")
    causes = target / "domain_packs" / PACK / "causes"
    causes.mkdir(parents=True)
    for trial in TRIALS.values():
        if trial.tool not in NEVER_CAUSES:
            (causes / f"{trial.tool}.yaml").write_text(_yaml(_cause(trial)))
    codes = [code_of(tool) for tool in TRIALS if tool not in NEVER_CAUSES]
    fallback = {**_treatment("tell_people"), "promise": "People have it."}
    pack = {"name": PACK, "title": "Trials", "unknown_prior": -1.0, "known_codes": codes, "fallback": fallback}
    (causes.parent / "pack.yaml").write_text(_yaml(pack))
    (target / "playbooks").mkdir()
    (target / "playbooks" / "noted.yaml").write_text(_yaml(PLAYBOOK))
    return target


@lru_cache(maxsize=8)
def specs_in(folder: Path) -> dict[str, ToolSpec]:
    """The tools of a configuration."""
    config: Config = load_config(folder)
    return {spec.name: spec for spec in config.tools}


def code_of(tool: str) -> str:
    """The error code that calls for a tool."""
    return f"TRIAL_{tool.upper()}"


def _yaml(value: Any) -> str:
    return json.dumps(value, indent=1)


def _tool(trial: Trial) -> dict[str, Any]:
    word = {"type": "string", "minLength": 1, "maxLength": 200}
    merchants = {
        "type": "array",
        "minItems": 1,
        "maxItems": 500,
        "uniqueItems": True,
        "items": {"type": "string", "minLength": 1, "maxLength": 64},
    }
    named = {"merchant_ids": merchants} if trial.setting else {}
    undo_arguments = {"incident_id": "{incident_id}"} | ({"merchant_ids": "{merchant_ids}"} if trial.setting else {})
    external = trial.tool == "tell_people"
    return {
        "name": trial.tool,
        "title": trial.tool.replace("_", " "),
        "description": "A tool of the durability tests.",
        "kind": "setting",
        "effect": "external_escalation" if external else "merchant_setting" if trial.setting else "internal_note",
        "external": external,
        "repeat": trial.repeat,
        "risk": trial.risk,
        "method": "POST",
        "path": f"/v1/trials/{trial.tool}",
        "arguments": {
            "type": "object",
            "additionalProperties": False,
            "required": ["incident_id", *named],
            "properties": {"incident_id": word, **named},
        },
        "undo": {
            "tool": "restore_setting" if trial.setting else "note_down",
            "arguments": undo_arguments if trial.setting else {"incident_id": "{incident_id}"},
        },
    }


def _treatment(tool: str) -> dict[str, Any]:
    arguments = {"incident_id": "{incident_id}"} | ({"merchant_ids": "{merchant_ids}"} if TRIALS[tool].setting else {})
    return {
        "tool": tool,
        "title": tool.replace("_", " "),
        "promise": "It is done.",
        "within_minutes": SETTING_MINUTES,
        "arguments": arguments,
    }


def signs_of(tool: str) -> list[dict[str, Any]]:
    """What tells of the cause that a tool treats: three kinds of evidence, so that it may be acted on alone."""
    code = {"code": [code_of(tool)]}
    return [
        {"id": "code", "test": code, "weight": 9.0, "absent": 6.0, "says": "{share} carry the code {value}."},
        {"id": "broke", "test": {"status": ["5xx"]}, "weight": 1.0, "says": "{share} broke inside ({value})."},
        {"id": "place", "test": {"endpoint": ["/trial/*"]}, "weight": 1.0, "says": "{share} are at {value}."},
    ]


def _cause(trial: Trial) -> dict[str, Any]:
    return {
        "id": trial.tool,
        "category": "trial",
        "title": trial.tool.replace("_", " "),
        "explanation": "A cause of the durability tests.",
        "prior": -3.0,
        "signs": signs_of(trial.tool),
        "treatments": [_treatment(trial.tool)],
        "runbook_query": "what a trial needs",
    }


# --- what goes wrong
# -----------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """One incident to come: which tool it calls for, in which tenant, and what people will say about every proposal of
    it.
    """

    number: int
    tenant: str
    tool: str
    answer: str = "approve"

    @property
    def merchants(self) -> list[str]:
        """Whom it concerns, and no other incident does."""
        return [f"MERCH-{self.number:05d}-{turn:02d}" for turn in range(MERCHANTS_ROLLED if self.tool in ROLLED else 1)]

    @property
    def rows(self) -> int:
        """How many rows of the ledger it comes to when all goes well."""
        return 2 if self.tool in ROLLED else 1

    @property
    def endpoint(self) -> str:
        """Where it fails: nowhere else does anything."""
        return "/trial/" + "".join(LETTERS[int(digit)] for digit in str(self.number))

    def signals(self) -> list[IncomingSignal]:
        """What is reported before anything is done."""
        told = [
            (name, SIGNALS_EACH if turn or self.tool not in FIRST_COUNTS else FIRST_COUNTS[self.tool])
            for turn, name in enumerate(self.merchants)
        ]
        return [
            self._signal(f"{self.number}-{name}-{turn}", minutes(-1 - LASTED * turn / count), name)
            for name, count in told
            for turn in range(count)
        ]

    def signal_ids(self) -> list[str]:
        """The ids under which those are accepted."""
        return [signal_id(self.tenant, [item.source, item.signal_type.value, item.event_id]) for item in self.signals()]

    def aftermath(self, since: datetime, until: datetime, row_id: str) -> list[IncomingSignal]:
        """What is reported while the wrong thing is in place: far more than before."""
        turns = range(AFTERMATH)
        moments = (since + (until - since) * (turn + 1) / (AFTERMATH + 2) for turn in turns)
        return [
            self._signal(f"{self.number}-{row_id}-{turn}", at, self.merchants[0]) for turn, at in enumerate(moments)
        ]

    def no_better(self, since: datetime, until: datetime, row_id: str) -> list[IncomingSignal]:
        """What is reported while what was done helps nobody: as much as before, and some are served."""
        apart = timedelta(minutes=LASTED / SIGNALS_OF_LOUD)
        moments = [since + apart * (turn + 0.5) for turn in range(int((until - since) / apart))]
        failing = [
            self._signal(f"{self.number}-{row_id}-{turn}", at, self.merchants[0]) for turn, at in enumerate(moments)
        ]
        return [*self.calm(since, until, self.merchants, row_id), *failing]

    def calm(self, since: datetime, until: datetime, treated: Sequence[str], row_id: str) -> list[IncomingSignal]:
        """What is reported once the right thing is in place: each treated merchant is served, and the others fail as
        before.
        """
        fields = {
            "signal_type": SignalType.API_CALL,
            "source": "trial",
            "severity": Severity.INFO,
            "endpoint": self.endpoint,
            "status": 200,
        }
        served = [
            {"merchant_id": name, "event_id": f"{row_id}-{name}", "occurred_at": since + timedelta(minutes=1)}
            for name in treated
        ]
        others = [name for name in self.merchants if name not in treated]
        moments = [until - (until - since) * turn / (2 * SIGNALS_EACH) for turn in range(1, SIGNALS_EACH + 1)]
        failing = [
            self._signal(f"{row_id}-{name}-{turn}", at, name) for name in others for turn, at in enumerate(moments)
        ]
        return [*(IncomingSignal.model_validate({**fields, **own}) for own in served), *failing]

    def _signal(self, event_id: str, at: datetime, merchant: str) -> IncomingSignal:
        fields = {
            "error_code": code_of(self.tool),
            "endpoint": self.endpoint,
            "status": 500,
            "merchant_id": merchant,
            "event_id": event_id,
        }
        return IncomingSignal.model_validate(
            {
                "signal_type": SignalType.API_ERROR,
                "source": "trial",
                "severity": Severity.HIGH,
                "occurred_at": at,
                **fields,
            }
        )


@dataclass(frozen=True)
class Plan:
    """Every incident of a run; the same seed plans the same incidents."""

    cases: tuple[Case, ...]

    @property
    def rows(self) -> int:
        """How many rows of the ledger it comes to when all goes well."""
        return sum(case.rows for case in self.cases)

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants in the order in which they are worked on."""
        return tuple(dict.fromkeys(case.tenant for case in self.cases))

    def of(self, tenant: str) -> list[Case]:
        """The incidents of one tenant."""
        return [case for case in self.cases if case.tenant == tenant]


def plan_of(seed: int, actions: int, *, each_tenant: int = 60) -> Plan:
    """Incidents of all classes that come to at least so many rows, in an order drawn by the seed."""
    draw = Random(seed)
    cases: list[Case] = []
    while sum(case.rows for case in cases) < actions:
        cases.append(Case(len(cases), f"t{len(cases) // each_tenant:03d}", draw.choice(CLASSES)))
    return Plan(tuple(cases))


def tenant_of(name: str) -> Tenant:
    """A tenant whose tools act on the counting world and whose time stands until it is moved."""
    return Tenant(id=name, title=name, tool_mode=ToolMode.SIMULATED, simulated_clock=True, pack=PACK)


def merchants_of(cases: Sequence[Case]) -> list[Merchant]:
    """The directory: least is at stake where most is told, so that a rollout begins there."""
    return [
        Merchant(id=name, name=name, average_order_value=100 if turn == 0 else 10_000)
        for case in cases
        for turn, name in enumerate(case.merchants)
    ]


# --- the other side
# ------------------------------------------------------------------------------------------------------


class Sent(NamedTuple):
    """A request as it arrived, or an effect as it was done."""

    number: int
    pid: int
    tenant: str
    tool: str
    key: str
    body: dict[str, Any]
    what: str


class CountingEffects:
    """The Effects port over a file of its own: every request is written down before anything else, and every effect
    when it is done.

    `idempotent` tools are done once per key; `reconcilable` ones every time they are sent, but they can be looked up by
    key; `neither` neither. Failures are told in advance: a tool that answers 500, one whose answer is lost after the
    effect, one that raises before it.
    """

    def __init__(self, path: Path, specs: Mapping[str, ToolSpec], pid: int = 0) -> None:
        self._specs = specs
        self._pid = pid
        self._file = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False, timeout=30)
        self._file.execute("PRAGMA journal_mode=WAL").close()
        self._file.execute("PRAGMA synchronous=OFF").close()
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, pid INT, tenant TEXT, tool TEXT, key TEXT,"
            " body TEXT, what TEXT)"
        )
        self._file.execute("CREATE INDEX IF NOT EXISTS seen_key ON seen (key, what)")
        self._file.execute("CREATE TABLE IF NOT EXISTS failures (tool TEXT PRIMARY KEY, failure TEXT, remaining INT)")

    def fails(self, tool: str, failure: str, times: int = 1_000_000) -> None:
        """From now on so many calls of a tool end in `500`, `dropped` (done, the answer lost) or `raises`
        (not done).
        """
        self._file.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", (tool, failure, times))

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """Do it, as often as the tool's class says."""
        self._write(scope, tool, idempotency_key, arguments, "request")
        failure = self._failure(tool)
        if failure == "raises":
            raise ConnectionError(f"{tool} cannot be reached")
        if failure == "500":
            return {"http_status": 500, "reference": "", "body": {"detail": "the other side is broken"}}
        known = self._done(scope, tool, idempotency_key) if self._specs[tool].repeat == "idempotent" else None
        if known is None:
            known = self._write(scope, tool, idempotency_key, arguments, "effect")
        if failure == "dropped":
            raise ConnectionError(f"{tool} did it, and its answer was lost")
        return _answer(known)

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        """The answer an earlier call was given, where the tool can be asked."""
        self._write(scope, tool, idempotency_key, {}, "look")
        if self._specs[tool].repeat == "neither":
            raise Temporary(f"{tool} cannot be asked what it did")
        known = self._done(scope, tool, idempotency_key)
        return None if known is None else _answer(known)

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether an effect has this reference."""
        number = reference.removeprefix(PREFIX)
        asked = "SELECT 1 FROM seen WHERE number = ? AND what = 'effect' AND tenant = ?"
        return number.isdigit() and self._file.execute(asked, (int(number), scope.tenant_id)).fetchone() is not None

    def requests(self) -> list[Sent]:
        """Every request that arrived."""
        return self._seen("request")

    def effects(self) -> list[Sent]:
        """Every effect that was done."""
        return self._seen("effect")

    def looks(self) -> list[Sent]:
        """Every question what became of a request."""
        return self._seen("look")

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _write(self, scope: Scope, tool: str, key: str, body: Mapping[str, Any], what: str) -> int:
        row = (self._pid, scope.tenant_id, tool, key, canonical_json(dict(body)).decode(), what)
        written = self._file.execute(
            "INSERT INTO seen (pid, tenant, tool, key, body, what) VALUES (?, ?, ?, ?, ?, ?)", row
        )
        return int(written.lastrowid or 0)

    def _done(self, scope: Scope, tool: str, key: str) -> int | None:
        asked = "SELECT number FROM seen WHERE key = ? AND what = 'effect' AND tenant = ? AND tool = ?"
        found = self._file.execute(asked, (key, scope.tenant_id, tool)).fetchone()
        return int(found[0]) if found else None

    def _failure(self, tool: str) -> str:
        used = "UPDATE failures SET remaining = remaining - 1 WHERE tool = ? AND remaining > 0 RETURNING failure"
        found = self._file.execute(used, (tool,)).fetchall()
        return str(found[0][0]) if found else ""

    def _seen(self, what: str) -> list[Sent]:
        rows = self._file.execute(
            "SELECT number, pid, tenant, tool, key, body, what FROM seen WHERE what = ? ORDER BY number", (what,)
        )
        return [
            Sent(number, pid, tenant, tool, key, json.loads(body), kind)
            for number, pid, tenant, tool, key, body, kind in rows
        ]


PREFIX = "REF-"


def _reference(number: int) -> str:
    return f"{PREFIX}{number}"


def _answer(number: int) -> dict[str, Any]:
    return {"http_status": 200, "reference": _reference(number), "body": {"done": True}}


def digest_sent(spec: ToolSpec, body: Mapping[str, Any]) -> str:
    """The digest of the bytes that a request of this tool with this body is."""
    return request_of(spec, body, ()).digest
