"""Rows of the ledger as an earlier version kept them, byte for byte: they read back, show and verify as they did."""

import json
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application, build_application
from app.domain.base import canonical_json, digest_of
from app.domain.tenants import Scope, Tenant
from app.settings import Settings
from app.store.sql.actions import row_of
from app.store.transitions import action_moved
from tests.api_record import caller_of

KEPT: list[dict[str, Any]] = json.loads(Path(__file__).with_name("kept_rows.json").read_text(encoding="utf-8"))
"""Each with what had happened, its columns as they were in the file, the digests that its events bind, and the digest
of what the API answered about it. They are of a tenant `shop`.
"""


def tenant_of(place: int) -> str:
    return f"kept-{place}"


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A store of today with those rows in it, each in a tenant of its own."""
    folder = tmp_path_factory.mktemp("kept")
    built = build_application(Settings(data=folder, lite=True, demo=False, sweep_seconds=3600))
    for place in range(len(KEPT)):
        built.store.put_tenant(Tenant(id=tenant_of(place), title="kept"))
    database = sqlite3.connect(folder / "causeway.sqlite")
    with database:
        for place, kept in enumerate(KEPT):
            columns = {**kept["row"], "tenant_id": tenant_of(place)}
            database.execute(
                f"INSERT INTO healing_actions ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
                tuple(columns.values()),
            )
    database.close()
    yield built


@pytest.fixture(scope="module")
def client(application: Application) -> Iterator[TestClient]:
    with caller_of(application) as caller:
        yield caller


def told(kept: dict[str, Any]) -> str:
    return str(kept["told"])


places = pytest.mark.parametrize("place", range(len(KEPT)), ids=[told(kept) for kept in KEPT])


@places
def test_the_api_shows_it_as_it_did(client: TestClient, place: int) -> None:
    kept = KEPT[place]
    answer = client.get(f"/actions/{kept['row']['id']}", headers={"X-Tenant": tenant_of(place)})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    for name in ("result", "receipt"):
        assert shown[name] == (json.loads(kept["row"][name]) if kept["row"][name] else None)
    assert sha256(canonical_json(shown)).hexdigest() == kept["answer_digest"]


@places
def test_its_digests_still_verify(application: Application, place: int) -> None:
    kept = KEPT[place]
    with application.store.read(Scope(tenant_id=tenant_of(place))) as session:
        row = session.actions.get(kept["row"]["id"])
    assert row.decision.computed_digest("shop") == row.digest == kept["row"]["digest"]
    names = [name.removesuffix("_digest") for name in kept["digests"]]
    payload = action_moved(row, from_=row.status, by=None, changes=dict.fromkeys(names)).payload
    assert {name: payload[name] for name in kept["digests"]} == kept["digests"]
    for name in names:
        assert digest_of(json.loads(kept["row"][name])) == kept["digests"][f"{name}_digest"]


@places
def test_kept_again_it_has_the_same_bytes(application: Application, place: int) -> None:
    kept = KEPT[place]
    with application.store.read(Scope(tenant_id=tenant_of(place))) as session:
        columns = row_of(session.actions.get(kept["row"]["id"]))
    assert columns["body"] == kept["row"]["body"]
    for name in ("result", "receipt", "proposed_action", "agl_decision"):
        spelled = None if columns[name] is None else canonical_json(columns[name]).decode()
        assert spelled == kept["row"][name]
