"""Reads config/: every file at once, and every error at once, with file, line and key."""

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from app.config.checks import (
    Found,
    _policy_problems,
    _retention_problems,
    _risk_problems,
    _source_problems,
    _threshold_problems,
    _tool_problems,
    find_cause_problems,
    find_pack_problems,
    find_pair_problems,
)
from app.config.connections import (
    connect_tools,
    find_connection_problems,
    find_live_problems,
    no_problems,
    vendor_check,
    with_vendor_host,
)
from app.config.currencies import Currencies, ExchangeRate, find_currency_problems
from app.config.model import (
    CauseSpec,
    Config,
    ConnectionsFile,
    DomainPack,
    KeptClasses,
    ModeBinding,
    NoticesFile,
    PackFile,
    Policies,
    PolicyRule,
    Retention,
    RiskMatrix,
    SignSpec,
    SourceBinding,
    SourcesFile,
    Thresholds,
    ToolsFile,
    TreatmentSpec,
    VendorFile,
)
from app.config.notices import find_notice_problems
from app.config.playbook_checks import playbook_check
from app.config.playbooks import STEP_SHAPES, PlaybookSpec, order_playbooks
from app.config.vocabulary import (
    Headline,
    MessageWords,
    MetricCost,
    Saying,
    ShownByCounts,
    ShownByFailures,
    SymptomWords,
    Vocabulary,
    VocabularyFile,
)
from app.config.word_checks import find_unknown_symptoms, find_word_problems
from app.domain.base import Value, canonical_json, digest_of
from app.domain.errors import BadConfig
from app.domain.notices import NextTarget, NoticeTarget
from app.ports.connectors import ToolSpec
from app.ports.live import AnswerSpec, CallSpec, Connection, LiveSpec, LookSpec, SaidSpec, SecretReference
from app.validation.strict_yaml import KeyPath, Read, read_yaml

M = TypeVar("M", bound=Value)
LIVE_SHAPES = (LiveSpec, CallSpec, AnswerSpec, SaidSpec, LookSpec)


_WHERE = (
    *("*.yaml", "vendors/*.yaml", "playbooks/*.yaml"),
    *("domain_packs/*", "domain_packs/*/*.yaml", "domain_packs/*/causes/*.yaml"),
)
"""Where files are looked for; what lies elsewhere is not ours."""


def load_config(folder: Path) -> Config:
    """Everything under config/, or BadConfig with every problem of every file: file, line, key, and what to do."""
    return _load_files(tuple(_read_files(folder)))


class FileBytes(NamedTuple):
    """What was found under a name: a folder, a file with its content, or one that cannot be read."""

    name: str
    content: bytes | None = None
    trouble: str | None = None


def _read_files(folder: Path) -> Iterator[FileBytes]:
    for path in sorted({path for pattern in _WHERE for path in folder.glob(pattern)}):
        name = path.relative_to(folder).as_posix()
        try:
            yield FileBytes(name) if path.is_dir() else FileBytes(name, path.read_bytes())
        except OSError as error:
            yield FileBytes(name, trouble=error.strerror)


@lru_cache(maxsize=16)
def _load_files(files: tuple[FileBytes, ...]) -> Config:
    """Checked once for each content, as every trial loads the same files again; values never change."""
    loading = Loading({one.name: one for one in files})
    policies = loading.read("agent_policies.yaml", Policies, _policy_problems)
    thresholds = loading.read("thresholds.yaml", Thresholds, _threshold_problems)
    retention = loading.read("retention.yaml", Retention, lambda wanted: _retention_problems(wanted, thresholds.value))
    risk = loading.read("risk_matrix.yaml", RiskMatrix, _risk_problems)
    tools = loading.read("tools.yaml", ToolsFile, _tool_problems)
    sources = loading.read("sources.yaml", SourcesFile, _source_problems, absent=SourcesFile())
    currencies = loading.read("currencies.yaml", Currencies, find_currency_problems, absent=Currencies())
    connections = loading.read("connections.yaml", ConnectionsFile, no_problems, absent=ConnectionsFile())
    vendors = loading.vendors(tools.value, connections.value)
    connected = connect_tools(tools.value, vendors, connections.value)
    loading.check(connections, lambda said: find_connection_problems(said, vendors, connected))
    loading.check(tools, lambda said: find_live_problems(said.tools, connections.value))
    notices = loading.read(
        "notices.yaml",
        NoticesFile,
        lambda said: find_notice_problems(said, vendors, connections.value),
        absent=NoticesFile(),
    )
    packs = loading.packs({spec.name: spec for spec in connected} if tools.value else None)
    playbooks = loading.playbooks(packs, {spec.name: spec for spec in connected} if tools.value else None)
    if loading.problems or not (
        policies.value
        and thresholds.value
        and retention.value
        and risk.value
        and tools.value
        and sources.value
        and currencies.value
        and connections.value
        and notices.value
    ):
        raise BadConfig(loading.problems)
    ruling = [
        policies.value.plain(),
        thresholds.value.plain(),
        risk.value.plain(),
        {"tools": [spec.plain() for spec in connected]},
    ]
    return Config(
        policies=policies.value,
        thresholds=thresholds.value,
        retention=retention.value,
        risk=risk.value,
        tools=connected,
        packs={pack.name: pack for pack in packs},
        sources=sources.value.sources,
        currencies=currencies.value,
        vendors=vendors,
        connections=tuple(with_vendor_host(one, vendors) for one in connections.value.connections),
        modes=connections.value.modes,
        notices=notices.value.targets,
        playbooks=order_playbooks(playbooks),
        policy_version=digest_of(ruling),
    )


@dataclass
class ReadFile(Generic[M]):
    """One file while it is checked: its name, what it says, and its value when it has the right shape."""

    name: str
    read: Read
    value: M | None = None


@dataclass
class Loading:
    """Understands the files of one folder and gathers every problem, so that one start shows them all."""

    files: Mapping[str, FileBytes]
    problems: list[str] = field(default_factory=list)

    def read(self, name: str, shape: type[M], check: Callable[[M], Found], absent: M | None = None) -> ReadFile[M]:
        """Read one file into its shape, and check what a shape cannot say; `absent` is what no file means, if it may
        be missing.
        """
        if absent is not None and name not in self.files:
            return ReadFile(name, Read(), absent)
        kept = self.files.get(name, FileBytes(name, trouble=os.strerror(errno.ENOENT)))
        if kept.content is None:
            trouble = kept.trouble or os.strerror(errno.EISDIR)
            self.problems.append(f"{name}:1: cannot be read ({trouble}); put the file there")
            return ReadFile(name, Read())
        read, value = _read_shape(kept.content, shape)
        found = ReadFile[M](name, Read(lines=read.lines, problems=[*read.problems]), value)
        self.check(found, check)
        return found

    def check(self, found: ReadFile[M], check: Callable[[M], Found]) -> None:
        """Check a file that has its shape, and keep what is wrong."""
        for path, what in check(found.value) if found.value is not None else ():
            found.read.add(path, what)
        self.problems += [
            problem.shown(found.name) for problem in sorted(found.read.problems, key=lambda problem: problem.line)
        ]
        found.read.problems.clear()

    def vendors(self, tools: ToolsFile | None, said: ConnectionsFile | None) -> tuple[VendorFile, ...]:
        """Every file of vendors, found by being there."""
        used = {one.name for one in said.connections} if said else set()
        paths = [PurePosixPath(name) for name in self.files if PurePosixPath(name).match("vendors/*.yaml")]
        read = [
            self.read(str(path), VendorFile, vendor_check(path.stem, tools.tools if tools else None, path.stem in used))
            for path in paths
        ]
        return tuple(file.value for file in read if file.value)

    def playbooks(self, packs: Sequence[DomainPack], tools: Mapping[str, ToolSpec] | None) -> tuple[PlaybookSpec, ...]:
        """Every file of playbooks, found by being there."""
        known = {pack.name: pack for pack in packs} or None
        paths = [PurePosixPath(name) for name in self.files if PurePosixPath(name).match("playbooks/*.yaml")]
        read = [self.read(str(path), PlaybookSpec, playbook_check(path.stem, known, tools)) for path in paths]
        return tuple(file.value for file in read if file.value)

    def packs(self, tools: Mapping[str, ToolSpec] | None) -> list[DomainPack]:
        """Every folder of domain_packs."""
        found = [one for one in self.files.values() if one.content is None and one.trouble is None]
        folders = [one.name for one in found if PurePosixPath(one.name).match("domain_packs/*")]
        if not folders:
            self.problems.append("domain_packs:1: holds no pack; add domain_packs/<pack>/pack.yaml")
        return [pack for folder in folders for pack in self._pack(folder, tools)]

    def _pack(self, base: str, tools: Mapping[str, ToolSpec] | None) -> list[DomainPack]:
        folder = PurePosixPath(base).name
        head = self.read(f"{base}/pack.yaml", PackFile, lambda pack: find_pack_problems(pack, folder, tools))
        names = [name for name in self.files if name.startswith(f"{base}/causes/")]
        if not names:
            self.problems.append(f"{base}/causes:1: holds no cause; add one YAML file for each")
        files = [self.read(name, CauseSpec, find_cause_problems(name, tools)) for name in names]
        causes = tuple(file.value for file in files if file.value)
        if len(causes) == len(names):
            self.check(head, lambda pack: find_pair_problems(pack, {cause.id for cause in causes}))
        words = Vocabulary()
        if f"{base}/words.yaml" in self.files:
            said = self.read(f"{base}/words.yaml", VocabularyFile, find_word_problems).value
            if said:
                words = said.vocabulary()
                self.check(head, lambda pack: find_unknown_symptoms({"unknown_signs": pack.unknown_signs}, words))
                for file in files:
                    self.check(
                        file,
                        lambda cause: find_unknown_symptoms(
                            {"signs": cause.signs, "contradictions": cause.contradictions}, words
                        ),
                    )
        if not head.value or len(causes) < len(names):
            return []
        return [DomainPack(**dict(head.value), causes=causes, vocabulary=words)]


@lru_cache(maxsize=128)
def _read_shape(content: bytes, shape: type[M]) -> tuple[Read, M | None]:
    """What a file says and its value: read once for each content, as every trial loads the same files again."""
    read = read_yaml(content)
    if read.problems:
        return read, None
    try:
        return read, shape.model_validate_json(canonical_json(read.value), strict=True)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            path = tuple(part for part in item["loc"] if part != "[key]")
            read.add(path, _advise_on(item["type"], item["msg"], path, shape))
        return read, None


def _advise_on(kind: str, message: str, path: KeyPath, shape: type[Value]) -> str:
    """What to do about a shape problem, in one sentence."""
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        near = get_close_matches(str(path[-1]), _known_keys(shape), n=1)
        return f"is not a known key; {f'did you mean {near[0]!r}?' if near else 'remove it'}"
    return message[:1].lower() + message[1:]


def _known_keys(shape: type[Value]) -> list[str]:
    """The keys a file of this shape may hold anywhere."""
    inner: dict[type[Value], tuple[type[Value], ...]] = {
        Policies: (PolicyRule,),
        Retention: (KeptClasses,),
        ToolsFile: (ToolSpec, *LIVE_SHAPES),
        VendorFile: (ToolSpec, *LIVE_SHAPES),
        ConnectionsFile: (Connection, SecretReference, ModeBinding),
        SourcesFile: (SourceBinding, SecretReference),
        NoticesFile: (NoticeTarget, NextTarget),
        CauseSpec: (SignSpec, TreatmentSpec),
        PackFile: (TreatmentSpec,),
        PlaybookSpec: STEP_SHAPES,
        Currencies: (ExchangeRate,),
        VocabularyFile: (SymptomWords, MetricCost, Headline, Saying, ShownByFailures, ShownByCounts, MessageWords),
    }
    return [name for known in (shape, *inner.get(shape, ())) for name in known.model_fields]
