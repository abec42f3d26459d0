"""Whoever has the database file, and not the key of its anchor, changes nothing unseen."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.action_states import ACTION_MOVES, ActionStatus
from app.domain.base import canonical_json
from app.domain.errors import BadConfig, BadInput, Conflict, Forbidden, Unavailable
from app.domain.events import GENESIS, Verified, sealed_hash
from app.domain.incidents import IncidentStatus
from app.domain.replay import REPLAYED_KINDS, find_mismatches, replay_events
from app.domain.tenants import Principal, Role
from app.schemas.base import AcceptRequest
from app.services.audit import audit_export, proof
from app.store.audit.anchor import FileAnchor
from app.store.sql.engine import open_store, sqlite_url
from tests.builders import NOW, make_action, make_incident, make_scope, make_tenant, minutes
from tests.durability.tampering import COLUMNS, Record, Row, Scene, flipped, real_record, scene_of

PROJECT = Path(__file__).resolve().parents[2]
SEED = 20261121


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return real_record(tmp_path_factory.mktemp("record"))


@pytest.fixture
def scene(record: Record, tmp_path: Path) -> Iterator[Scene]:
    with scene_of(record, tmp_path / "scene") as opened:
        yield opened


def refused(scene: Scene, verdict: Verified = Verified.BROKEN) -> tuple[int | None, str]:
    check = scene.verify()
    assert not check.ok
    assert check.verdict is verdict, check
    return check.first_bad, check.reason


# --- the chain
# ------------------------------------------------------------------------------------------------------------

Attack = Callable[[random.Random, Scene, list[Row]], tuple[list[Row], int, int]]
"""Gives the links as the forger leaves them, and the first and the last number that may be named."""


def flip(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    place = rng.randrange(len(rows))
    bad = flipped(rng, rows[place], rng.choice(COLUMNS))
    moved = bad["seq"] != rows[place]["seq"]
    last = rows[place]["seq"] + (1 if moved and place + 1 < len(rows) else 0)
    return (
        [*rows[:place], bad, *rows[place + 1 :]],
        rows[place]["seq"],
        bad["seq"] if moved and place + 1 == len(rows) else last,
    )


def delete(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    place = rng.randrange(len(rows) - 1)
    return [*rows[:place], *rows[place + 1 :]], place + 1, place + 2


def insert(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    place = rng.randrange(1, len(rows))
    later = [{**row, "seq": row["seq"] + 1} for row in rows[place:]]
    return [*rows[:place], {**rows[place], "kind": "action.forged"}, *later], place + 1, place + 1


def swap(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    one, other = sorted(rng.sample(range(len(rows)), 2))
    done = list(rows)
    done[one], done[other] = {**rows[other], "seq": rows[one]["seq"]}, {**rows[one], "seq": rows[other]["seq"]}
    return done, one + 1, one + 1


def duplicate(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    return [*rows, {**rng.choice(rows), "seq": len(rows) + 1}], len(rows) + 1, len(rows) + 1


def truncate(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    left = len(rows) - rng.randint(1, 50)
    return rows[:left], left + 1, left + 1


def rewrite(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    place = rng.randrange(len(rows))
    changed = [*rows[:place], {**rows[place], "principal": "person:mallory"}, *rows[place + 1 :]]
    return scene.rehashed(changed, place), place + 1, next(head for head in scene.heads() if head > place)


def leave_out(rng: random.Random, scene: Scene, rows: list[Row]) -> tuple[list[Row], int, int]:
    place = rng.randrange(len(rows) - 1)
    closed = [*rows[:place], *({**row, "seq": row["seq"] - 1} for row in rows[place + 1 :])]
    return scene.rehashed(closed, place), place + 1, next((head for head in scene.heads() if head > place), len(rows))


ATTACKS: tuple[Attack, ...] = (flip, delete, insert, swap, duplicate, truncate, rewrite, leave_out)


def attack_many(scene: Scene, count: int, seed: int) -> dict[str, int]:
    """So many attacks one after the other, each undone; how many of each kind."""
    rng = random.Random(seed)
    sound = scene.rows()
    done: dict[str, int] = {}
    for number in range(count):
        attack = flip if number % 2 else ATTACKS[1 + (number // 2) % (len(ATTACKS) - 1)]
        rows, first, last = attack(rng, scene, sound)
        scene.put(rows)
        check = scene.verify()
        told = f"seed {seed}, attack {number} ({attack.__name__}): {check}"
        assert not check.ok and check.verdict is Verified.BROKEN, told
        assert check.first_bad is not None and first <= check.first_bad <= last, f"{told}; expected {first} to {last}"
        done[attack.__name__] = done.get(attack.__name__, 0) + 1
    scene.put(sound)
    assert scene.verify().ok
    return done


def test_every_mutation_of_the_chain_is_found_and_its_first_bad_link_named(scene: Scene) -> None:
    """Change, removal, insertion, exchange, doubling, shortening, and writing anew with right hashes."""
    print(f"seed {SEED}: {attack_many(scene, 42, SEED)}")


@pytest.mark.long
@pytest.mark.parametrize("part", range(5))
def test_ten_thousand_mutations_are_all_found(scene: Scene, part: int) -> None:
    print(f"seed {SEED + part}: {attack_many(scene, 2_100, SEED + part)}")


def test_every_byte_of_some_links_counts(scene: Scene) -> None:
    """No byte of any column of a link can be changed without its link being named."""
    sound = scene.rows()
    row = sound[len(sound) // 2]
    table = str.maketrans({chr(code): chr(code ^ 1) for code in range(32, 127)})
    with closing(sqlite3.connect(scene.path)) as connection:
        for column in COLUMNS[1:]:
            text = str(row[column])
            for place in range(0, len(text), 1 if len(text) < 80 else 7):
                changed = text[:place] + text[place].translate(table) + text[place + 1 :]
                with connection:
                    connection.execute(
                        f"UPDATE events SET {column} = ? WHERE tenant_id = ? AND seq = ?",
                        (changed, scene.scope.tenant_id, row["seq"]),
                    )
                with scene.store.read(scene.scope) as session:
                    check = session.events.verify()
                assert check.first_bad == row["seq"], f"{column}, byte {place}: {check}"
                with connection:
                    connection.execute(
                        f"UPDATE events SET {column} = ? WHERE tenant_id = ? AND seq = ?",
                        (text, scene.scope.tenant_id, row["seq"]),
                    )
    assert scene.verify().ok


def test_a_link_that_is_moved_to_another_tenant_is_missed(scene: Scene) -> None:
    scene.sql("UPDATE events SET tenant_id = 'elsewhere' WHERE tenant_id = 'shop' AND seq = 7")
    assert refused(scene) == (8, "link 7 is missing: link 8 follows link 6")


def test_a_shortened_chain_is_named_also_after_the_program_went_on(scene: Scene) -> None:
    sound = scene.rows()
    scene.put(sound[:-9])
    first, reason = refused(scene)
    assert first == len(sound) - 8
    assert reason == f"the chain ends at link {len(sound) - 9}; link {len(sound)} was anchored"
    with pytest.raises(Unavailable, match="was set back or replaced"):
        scene.commit()
    scene.restart()
    scene.commit(20)
    first, reason = refused(scene)
    assert first == len(sound) - 8
    assert "not the one that was anchored" in reason and "forked" in reason


def test_a_link_that_a_stranger_appends_is_never_ok(scene: Scene) -> None:
    rows = scene.rows()
    forged = {**rows[-1], "seq": len(rows) + 1, "kind": "anchor.accepted", "subject": "anchor"}
    scene.put(scene.rehashed([*rows, forged], len(rows)))
    check = scene.verify()
    assert (check.ok, check.verdict, check.unanchored) == (False, Verified.NOT_YET_ANCHORED, 1)


# --- the anchor
# -----------------------------------------------------------------------------------------------------------


def test_a_lost_anchor_is_never_ok(scene: Scene) -> None:
    for gone in (scene.anchor_file, scene.key_file):
        content = gone.read_bytes()
        gone.unlink()
        assert "lost" in refused(scene, Verified.UNVERIFIABLE)[1]
        gone.write_bytes(content)
        gone.chmod(0o600)
        assert scene.verify().ok


def test_an_anchor_that_is_lost_while_the_program_runs_is_not_made_anew(scene: Scene) -> None:
    scene.commit()
    scene.anchor_file.unlink()
    scene.commit()
    assert not scene.anchor_file.exists()
    assert "lost" in refused(scene, Verified.UNVERIFIABLE)[1]


def test_an_anchor_that_shrinks_while_the_program_runs_vouches_no_more(scene: Scene) -> None:
    """Who puts an older copy in its place and rewrites what it no longer holds does not get it signed by the next
    commit.
    """
    older = scene.anchor_file.read_bytes()
    scene.commit(3)
    scene.anchor_file.write_bytes(older)
    rows = scene.rows()
    scene.put(scene.rehashed([*rows[:-1], {**rows[-1], "principal": "person:mallory"}], len(rows) - 1))
    scene.commit()
    assert scene.anchor_file.read_bytes() == older
    check = proof.verify_chain(scene.ctx, scene.scope)
    assert (check.ok, check.verdict) == (False, Verified.UNVERIFIABLE)
    assert "shortened" in check.reason


@pytest.mark.parametrize("kept", [0, 3])
def test_a_stale_anchor_is_never_ok_not_even_after_a_restart(scene: Scene, kept: int) -> None:
    lines = scene.anchor_file.read_bytes().splitlines(keepends=True)
    scene.anchor_file.write_bytes(b"".join(lines[:kept]))
    rows = scene.rows()
    assert refused(scene, Verified.NOT_YET_ANCHORED)[0] is None
    place = len(rows) - 1 if kept else 0
    scene.put(
        scene.rehashed([*rows[:place], {**rows[place], "principal": "person:mallory"}, *rows[place + 1 :]], place)
    )
    scene.restart()
    scene.commit()
    assert "nobody vouched for them" in refused(scene, Verified.UNVERIFIABLE)[1]


def test_a_forged_anchor_is_named_by_its_line(scene: Scene) -> None:
    rng = random.Random(SEED)
    sound = scene.anchor_file.read_bytes()
    for _ in range(40):
        place = rng.choice([number for number, byte in enumerate(sound) if byte != 10])
        changed = bytearray(sound)
        changed[place] ^= rng.choice([1, 2, 4, 8, 16, 32, 64])
        scene.anchor_file.write_bytes(bytes(changed))
        assert not scene.verify().ok, f"seed {SEED}: byte {place}"
    scene.anchor_file.write_bytes(sound.replace(b'"seq":5', b'"seq":6', 1))
    number = sound[: sound.index(b'"seq":5')].count(b"\n") + 1
    assert f"line {number} of the anchor" in refused(scene, Verified.UNVERIFIABLE)[1]


def test_a_head_signed_with_another_key_is_refused(scene: Scene, tmp_path: Path) -> None:
    other = FileAnchor(tmp_path / "other", tmp_path / "other.key")
    other.append("shop", 999, "0" * 64, NOW)
    with scene.anchor_file.open("ab") as file:
        file.write((tmp_path / "other").read_bytes())
    assert "signed by another key" in refused(scene, Verified.UNVERIFIABLE)[1]
    scene.key_file.write_bytes((tmp_path / "other.key").read_bytes())
    check = scene.verify()
    assert not check.ok and "line 1 of the anchor" in check.reason


def test_a_key_that_others_can_read_is_refused(scene: Scene) -> None:
    scene.key_file.chmod(0o640)
    assert "chmod 600" in refused(scene, Verified.UNVERIFIABLE)[1]
    with pytest.raises(BadConfig, match="can be read by others"):
        scene.ctx.anchor.open()


def test_an_anchor_made_anew_is_known_until_a_person_accepts_it(scene: Scene) -> None:
    """Who takes away the file and its key and rewrites the record gets a new anchor, and a record that says so."""
    rows = scene.rows()
    scene.put(scene.rehashed([{**row, "principal": "person:mallory"} for row in rows], 0))
    scene.anchor_file.unlink()
    scene.key_file.unlink()
    scene.restart()
    scene.commit(2)
    where = (
        "the anchor was replaced at link"
        if any("key" in row["payload"] for row in rows if row["subject"] == "anchor")
        else "nobody vouched"
    )
    assert where in refused(scene, Verified.UNVERIFIABLE)[1]
    scene.restart()
    assert where in refused(scene, Verified.UNVERIFIABLE)[1]
    check = proof.accept_chain(scene.ctx, scene.scope, "the disk was lost; the copy is of the night before")
    assert check.ok, check
    scene.commit()
    scene.restart()
    assert scene.verify().ok
    last = scene.rows()
    scene.put(scene.rehashed([*last[:3], {**last[3], "kind": "x"}, *last[4:]], 3))
    assert scene.verify().verdict is Verified.BROKEN


def test_a_second_loss_is_told_as_a_replacement(scene: Scene) -> None:
    scene.restart()
    scene.anchor_file.unlink()
    scene.restart()
    rows = scene.rows()
    assert rows[-1]["kind"] == "anchor.replaced"
    assert refused(scene, Verified.UNVERIFIABLE)[1] == (
        f"the anchor was replaced at link {rows[-1]['seq']}; links before it are vouched for by nobody"
    )


def test_only_an_administrator_accepts_and_only_what_the_anchor_objects_to(scene: Scene) -> None:
    with pytest.raises(Conflict, match="nothing to accept"):
        proof.accept_chain(scene.ctx, scene.scope, "for safety")
    approver = scene.scope.changed(principal=Principal(id="person:bob", role=Role.APPROVER))
    with pytest.raises(Forbidden):
        proof.accept_chain(scene.ctx, approver, "I would like to")
    rows = scene.rows()
    scene.put([*rows[:4], {**rows[4], "kind": "x"}, *rows[5:]])
    with pytest.raises(Conflict, match="the chain itself is broken"):
        proof.accept_chain(scene.ctx, scene.scope, "it is fine")
    with pytest.raises(ValueError, match="reason"):
        AcceptRequest.model_validate({"reason": ""})


def test_a_restored_backup_is_reported_until_it_is_accepted(scene: Scene) -> None:
    rows = scene.rows()
    scene.put(rows[:-5])
    scene.restart()
    assert refused(scene)[0] == len(rows) - 4
    scene.commit(9)
    assert refused(scene)[0] == len(rows) - 4
    assert proof.accept_chain(scene.ctx, scene.scope, "restored from last night's backup").ok
    scene.commit()
    assert scene.verify().ok


# --- a crash between a commit and its anchor
# --------------------------------------------------------------------------------


def test_what_a_crash_left_without_an_anchor_is_caught_up(scene: Scene) -> None:
    lines = scene.anchor_file.read_bytes().splitlines(keepends=True)
    scene.anchor_file.write_bytes(b"".join(lines[:-1]))
    assert refused(scene, Verified.NOT_YET_ANCHORED)
    scene.restart()
    check = scene.verify()
    assert check.ok and check.anchored == check.checked
    again = scene.rows()
    scene.restart()
    assert scene.rows() == again, "a start with nothing to tell writes nothing"


def test_nothing_is_vouched_for_at_a_start_while_the_chain_does_not_hold_what_was_anchored(scene: Scene) -> None:
    lines = scene.anchor_file.read_bytes().splitlines(keepends=True)
    scene.anchor_file.write_bytes(b"".join(lines[:-2]))
    rows = scene.rows()
    scene.put(scene.rehashed([*rows[:9], {**rows[9], "principal": "person:mallory"}, *rows[10:]], 9))
    before = scene.anchor_file.read_bytes()
    scene.restart()
    assert scene.anchor_file.read_bytes() == before
    assert refused(scene)[0] is not None


def test_a_torn_last_line_is_passed_over_and_closed_by_the_next(scene: Scene) -> None:
    whole = scene.anchor_file.read_bytes()
    scene.anchor_file.write_bytes(whole + whole.splitlines()[-1][:50])
    scene.store.close()
    scene.open()
    assert scene.verify().ok
    scene.commit(2)
    assert scene.verify().ok
    assert scene.anchor_file.read_bytes().count(b"#torn\n") == 1


def test_an_anchor_that_cannot_be_written_stops_no_commit(scene: Scene) -> None:
    scene.commit()
    scene.key_file.chmod(0o644)
    scene.commit()
    scene.key_file.chmod(0o600)
    check = scene.verify()
    assert (check.verdict, check.unanchored) == (Verified.NOT_YET_ANCHORED, 1)
    scene.commit()
    assert scene.verify().ok


def test_several_processes_append_to_one_file(tmp_path: Path) -> None:
    told = (
        "import sys; from pathlib import Path; from app.store.audit.anchor import FileAnchor; from tests.builders"
        " import NOW\none = FileAnchor(Path(sys.argv[1]), Path(sys.argv[1] + '.key')); start ="
        " int(sys.argv[2])\none.open()\nfor number in range(start, start + 300): one.append('shop', number,"
        " f'{number:064x}', NOW)\n"
    )
    path = tmp_path / "anchor"
    started = [
        subprocess.Popen([sys.executable, "-c", told, str(path), str(1 + 300 * who)], cwd=PROJECT) for who in range(3)
    ]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    reading = FileAnchor(path, tmp_path / "anchor.key").reading("shop")
    assert not reading.trouble and sorted(reading.heads) == list(range(1, 901))
    assert (tmp_path / "anchor.key").stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["anchor", "anchor.key"]


@pytest.mark.long
def test_a_hundred_thousand_heads_are_read_in_less_than_a_second(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "anchor", tmp_path / "anchor.key")
    anchor.append("shop", 1, "0" * 64, NOW)
    anchor.append("demo", 1, "0" * 64, NOW)
    both = (tmp_path / "anchor").read_bytes()
    (tmp_path / "anchor").write_bytes(both * 50_000)
    seconds = fastest(lambda: FileAnchor(tmp_path / "anchor", tmp_path / "anchor.key").reading("shop"))
    print(f"100,000 heads read in {seconds:.2f} s of processor time")
    assert seconds < 1.0


# --- rows and events
# ------------------------------------------------------------------------------------------------------


def change_states(scene: Scene, count: int, seed: int) -> None:
    """Each time one row is set by hand to where no event brought it, and back."""
    rng = random.Random(seed)
    ids = {
        table: scene.sql(f"SELECT id, status, version, digest FROM {table} WHERE tenant_id = 'shop'")
        for table in ("healing_actions",)
    }
    incidents = scene.sql("SELECT id, status FROM incidents WHERE tenant_id = 'shop'")
    for number in range(count):
        if number % 2:
            name, status = rng.choice(incidents)
            other = rng.choice(
                [word.value for word in IncidentStatus if word.value != status and word is not IncidentStatus.OPEN]
            )
            change, back = (f"UPDATE incidents SET status = '{word}' WHERE id = '{name}'" for word in (other, status))
            told = f"incident {name} is {other}, its events say {status}"
        else:
            name, status, version, digest = rng.choice(ids["healing_actions"])
            other = rng.choice([word.value for word in ActionStatus if word.value != status])
            column, value, was = rng.choice(
                [("status", other, status), ("version", version + 1, version), ("digest", "0" * 64, digest)]
            )
            change, back = (
                f"UPDATE healing_actions SET {column} = '{new}' WHERE id = '{name}'" for new in (value, was)
            )
            told = (
                f"action {name} is {other}, its events say {status}"
                if column == "status"
                else f"action {name} is version "
            )
        try:
            scene.sql(change)
        except sqlite3.IntegrityError:
            continue
        check = scene.verify()
        assert not check.ok and any(row.startswith(told) for row in check.unexplained), (
            f"seed {seed}, change {number}: {change}: {check}"
        )
        scene.sql(back)
    assert scene.verify().ok


def test_a_state_that_was_set_by_hand_is_unexplained(scene: Scene) -> None:
    change_states(scene, 60, SEED)


@pytest.mark.long
def test_five_thousand_states_set_by_hand_are_unexplained(scene: Scene) -> None:
    change_states(scene, 5_000, SEED)


def test_rows_that_come_and_go_by_hand_are_unexplained(scene: Scene) -> None:
    (name, status) = scene.sql("SELECT id, status FROM healing_actions WHERE tenant_id = 'shop' ORDER BY id")[0]
    scene.sql(f"UPDATE healing_actions SET id = 'ACT-STRANGER' WHERE id = '{name}'")
    check = scene.verify()
    assert not check.ok
    assert f"action {name} is not there; its events say {status}" in check.unexplained
    assert f"action ACT-STRANGER is {status}, and no event tells of it" in check.unexplained


def test_an_event_that_does_not_follow_from_those_before_it_is_unexplained(scene: Scene) -> None:
    (name, version, digest) = scene.sql(
        "SELECT id, version, digest FROM healing_actions WHERE status = 'REJECTED' AND tenant_id = 'shop'"
    )[0]
    with scene.store.write(scene.scope) as session:
        payload = {"from": "APPROVED", "to": "SENDING", "version": version, "digest": digest}
        event = session.events.append("action.sending", name, payload, at=NOW)
    told = f"event {event.seq} (action.sending) takes action {name} from APPROVED; it was REJECTED"
    assert told in scene.verify().unexplained


def test_random_walks_are_accounted_for(tmp_path: Path) -> None:
    """Whatever moves along the tables is what its events say; nothing else is."""
    rng = random.Random(SEED)
    store = open_store(sqlite_url(tmp_path / "store.db"))
    store.put_tenant(make_tenant("demo"))
    scope = make_scope("demo")
    with store.write(scope) as session:
        for number in range(1, 61):
            session.incidents.add(make_incident(number))
            action = make_action(number, status=ActionStatus.PROPOSED)
            session.actions.add(action)
            while (targets := sorted(ACTION_MOVES[action.status])) and rng.random() < 0.85:
                to = rng.choice(targets)
                action = session.actions.move(
                    action.id,
                    from_=action.status,
                    to=to,
                    version=action.version,
                    digest=action.digest,
                    at=minutes(number),
                )
    with store.read(scope) as session:
        states = replay_events(session.events.retold(REPLAYED_KINDS))
        assert find_mismatches(states, session.incidents.standing(), session.actions.standing()) == [], f"seed {SEED}"
        assert len({row.status for row in states.actions.values()}) > 8
    store.close()


# --- taking the record away
# -------------------------------------------------------------------------------------------------


def test_the_events_alone_rebuild_the_final_states_of_a_real_run(scene: Scene) -> None:
    lines = list(proof.export_events(scene.ctx, scene.scope))
    found = audit_export.replay_lines(lines)
    assert found.check.ok, found.check
    with scene.store.read(scene.scope) as session:
        assert found.states.incidents == session.incidents.standing()
        assert found.states.actions == session.actions.standing()
    assert {"VERIFIED", "REJECTED"} <= {row.status for row in found.states.actions.values()}
    assert sum(found.events.values()) == len(lines) - 1 == len(scene.rows())


def test_an_export_that_was_changed_or_cut_is_found(scene: Scene) -> None:
    lines = list(proof.export_events(scene.ctx, scene.scope))
    cut = audit_export.replay_lines(lines[:-1]).check
    assert (cut.ok, cut.verdict) == (False, Verified.UNVERIFIABLE)
    assert audit_export.replay_lines([*lines[:-6], lines[-1]]).check.first_bad == len(lines) - 5
    changed = json.loads(lines[4])
    lines[4] = json.dumps({**changed, "principal": "person:mallory"})
    assert audit_export.replay_lines(lines).check.first_bad == 5
    for wrong in (["nonsense"], ["[1]"], ['{"tenant": "shop"}'], [], [*lines, lines[0]]):
        with pytest.raises(BadInput):
            audit_export.replay_lines(wrong)


def test_a_broken_record_is_exported_with_its_verdict(scene: Scene) -> None:
    scene.sql("UPDATE events SET payload = 'no json' WHERE tenant_id = 'shop' AND seq = 9")
    lines = list(proof.export_events(scene.ctx, scene.scope))
    assert json.loads(lines[-1])["check"]["first_bad"] == 9
    assert len(lines) == 9


HOSTILE = (
    "line\r\nINFO forged line\nanother",
    "nul\x00nul",
    "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b1m",
    '{"kind": "action.approved", "hash": "0"}',
    "\u202eright to left\u2028next\u2029next\x85next",
    "lone \ud800 surrogate",
    "x" * 1_000_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_text_of_people_is_one_row_and_one_harmless_line(scene: Scene, text: str) -> None:
    with scene.store.write(scene.scope) as session:
        incident, action = make_incident(77), make_action(77, "shop", status=ActionStatus.PROPOSED)
        session.incidents.add(incident)
        session.actions.add(action)
        session.actions.move(
            action.id,
            from_=ActionStatus.PROPOSED,
            to=ActionStatus.PENDING,
            version=1,
            digest=action.digest,
            at=minutes(78),
        )
        before = session.events.page(limit=1, newest_first=True)[0].seq
        said = {"label": text, "feedback": text}
        rejected = ActionStatus.REJECTED
        session.actions.move(
            action.id,
            from_=ActionStatus.PENDING,
            to=rejected,
            version=1,
            digest=action.digest,
            at=minutes(79),
            by="person:ada",
            changes=said,
        )
        assert session.events.page(limit=1, newest_first=True)[0].seq == before + 1
    assert scene.verify().ok
    lines = list(proof.export_events(scene.ctx, scene.scope))
    assert len(lines) == len(scene.rows()) + 1
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert audit_export.replay_lines(lines).check.ok


# --- what it costs
# --------------------------------------------------------------------------------------------------------


def fastest(work: Callable[[], object], times: int = 3) -> float:
    """The least processor time of a few runs."""
    spent = []
    for _ in range(times):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return min(spent)


def many_links(path: Path, count: int) -> None:
    """A chain of so many links, written at once."""
    open_store(sqlite_url(path)).close()
    prev, rows = GENESIS, []
    for seq in range(1, count + 1):
        payload = canonical_json(
            {
                "incident_id": f"INC-{seq % 997:08d}",
                "from": "PENDING",
                "to": "APPROVED",
                "version": 1,
                "by": "person:ada",
            }
        )
        told = ("action.seen", f"ACT-{seq % 997:08d}", "person:ada")
        own = sealed_hash("demo", seq, "2026-03-02T09:00:00Z", *told, payload, prev)
        rows.append(("demo", seq, "2026-03-02T09:00:00.000000Z", *told, payload.decode(), prev, own))
        prev = own
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO events (tenant_id, seq, at, kind, subject, principal, payload, prev_hash, hash) VALUES"
            " (?,?,?,?,?,?,?,?,?)",
            rows,
        )


def verified(record: Record, path: Path) -> Callable[[], object]:
    """A whole check of that chain, anchor and rows included."""
    import dataclasses

    anchor = FileAnchor(path.with_name("heads"), path.with_name("heads.key"))
    with closing(sqlite3.connect(path)) as connection:
        last, head = connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    anchor.append("demo", last, head, NOW)
    ctx = dataclasses.replace(record.ctx, store=open_store(sqlite_url(path)), anchor=anchor)

    def work() -> None:
        check = proof.verify_chain(ctx, make_scope("demo"))
        assert check.ok and check.checked == last

    return work


def test_a_check_costs_little_more_than_reading_and_hashing_the_rows(record: Record, tmp_path: Path) -> None:
    """A ratio, so that a slow machine is not blamed: four times parsing and hashing every row by hand."""
    path = tmp_path / "store.db"
    many_links(path, 8_000)

    def by_hand() -> None:
        with closing(sqlite3.connect(path)) as connection:
            for seq, at, kind, subject, who, payload, prev in connection.execute(
                "SELECT seq, at, kind, subject, principal, payload, prev_hash FROM events"
            ):
                sealed_hash("demo", seq, at, kind, subject, who, canonical_json(json.loads(payload)), prev)

    spent, bare = fastest(verified(record, path)), fastest(by_hand)
    print(f"8,000 links: {spent:.3f} s, by hand {bare:.3f} s")
    assert spent < 4 * bare


@pytest.mark.long
def test_a_hundred_thousand_links_are_verified_in_two_seconds(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    many_links(path, 100_000)
    spent = fastest(verified(record, path))
    print(f"100,000 links verified in {spent:.2f} s of processor time")
    assert spent < 2.0
