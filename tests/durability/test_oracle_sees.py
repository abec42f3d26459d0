"""The oracle pack is only worth what it finds: each kind of damage, done to a sound run, is named."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.domain.tenants import Scope
from app.ports.store import Store
from app.store.audit.anchor import FileAnchor
from app.store.sql.engine import open_store, sqlite_url
from tests.durability.kill_plan import accepted_of
from tests.durability.oracle import check, endings, unlike
from tests.durability.worker_driver import Life, Place, open_application, open_world, settings_of
from tests.durability.world import Case, CountingEffects, Plan, specs_in

PLAN = Plan((Case(1, "seen", "page_team"), Case(2, "seen", "note_down")))


class Scene(NamedTuple):
    """A run that ended well."""

    place: Place
    store: Store
    effects: CountingEffects

    def wrong(self) -> list[str]:
        """What the oracle says."""
        file = settings_of(self.place).anchor_file
        anchor = FileAnchor(file, file.with_name(f"{file.name}.key"))
        return check(self.store, self.effects, specs_in(self.place.config), accepted=accepted_of(PLAN), anchor=anchor)

    def execute(self, statement: str) -> None:
        """A change behind the store's back."""
        with closing(sqlite3.connect(self.place.data / "causeway.sqlite")) as connection:
            connection.execute(statement)
            connection.commit()

    def again(self, what: str, tool: str, **changes: Any) -> None:
        """The other side saw one more of what it saw."""
        sent = next(one for one in self.effects.requests() if one.tool == tool)._replace(**changes)
        self.effects._write(Scope(tenant_id=sent.tenant), sent.tool, sent.key, sent.body, what)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, trial_config: Path) -> Place:
    """A run that ended well, with its files closed."""
    place = Place(tmp_path_factory.mktemp("finished"), trial_config)
    effects = open_world(place)
    application = open_application(place, effects)
    Life(application, PLAN).run()
    application.stop()
    effects.close()
    return place


@pytest.fixture
def scene(tmp_path: Path, finished: Place) -> Iterator[Scene]:
    """A copy of that run to do damage to."""
    place = Place(tmp_path / "copy", finished.config)
    shutil.copytree(finished.folder, place.folder)
    effects, store = open_world(place), open_store(sqlite_url(place.data / "causeway.sqlite"))
    yield Scene(place, store, effects)
    store.close()
    effects.close()


DAMAGES: dict[str, tuple[Callable[[Scene], None], str]] = {
    "a lost signal": (
        lambda scene: scene.execute("DELETE FROM signals WHERE rowid = (SELECT min(rowid) FROM signals)"),
        "was accepted and is lost",
    ),
    "an unswept signal": (
        lambda scene: scene.execute("UPDATE signals SET swept = 0 WHERE rowid = 1"),
        "were never looked at",
    ),
    "a signal without its incident": (
        lambda scene: scene.execute("UPDATE signals SET incident_id = NULL WHERE rowid = 1"),
        "joined no incident",
    ),
    "a second effect": (lambda scene: scene.again("effect", "note_down"), "had 2 effects"),
    "a second send": (lambda scene: scene.again("request", "page_team"), "was sent 2 times"),
    "another content": (
        lambda scene: scene.again("request", "note_down", body={"incident_id": "INC-OTHER"}),
        "is not what was approved",
    ),
    "an effect of nobody": (lambda scene: scene.again("effect", "note_down", key="another"), "belongs to no action"),
    "an effect elsewhere": (
        lambda scene: scene.again("effect", "note_down", tenant="other"),
        "belongs to no action of other",
    ),
    "a moved incident": (lambda scene: scene.execute("UPDATE incidents SET status = 'CLOSED'"), "its row is CLOSED"),
    "a stuck incident": (lambda scene: scene.execute("UPDATE incidents SET status = 'OPEN'"), "is stuck in OPEN"),
    "an open intent": (lambda scene: scene.execute("UPDATE outbox SET ended_at = NULL"), "is still open"),
    "a missing intent": (lambda scene: scene.execute("DELETE FROM outbox"), "was claimed without an intent"),
    "a row in another tenant": (
        lambda scene: scene.execute("UPDATE healing_actions SET tenant_id = 'other'"),
        "belongs to no action of seen",
    ),
    "a forged digest": (
        lambda scene: scene.execute("UPDATE healing_actions SET digest = 'forged'"),
        "no event accounts for the digest",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_oracle_names_the_damage(scene: Scene, damage: str) -> None:
    assert scene.wrong() == []
    harm, sentence = DAMAGES[damage]
    harm(scene)
    assert any(sentence in said for said in scene.wrong()), scene.wrong()


def test_an_ending_unlike_the_reference_is_named_and_a_doubt_is_counted(scene: Scene) -> None:
    reference, specs = endings(scene.store), specs_in(scene.place.config)
    assert unlike(reference, reference, specs) == ([], 0)
    by_tool = {rows[0][0]: name for name, (_, rows) in reference.items()}
    doubtful = {tool: ("ESCALATED", ((tool, "first", 0, "IN_DOUBT"),)) for tool in by_tool}
    page, note = by_tool["page_team"], by_tool["note_down"]
    assert unlike(reference, {**reference, page: doubtful["page_team"]}, specs) == ([], 1)
    wrong, _ = unlike(reference, {**reference, note: doubtful["note_down"]}, specs)
    assert len(wrong) == 1
    assert unlike(reference, {page: reference[page]}, specs)[0] == [f"{note} is missing"]
