"""What nobody could read is kept, shown and mapped once; files come as tables."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

LATELY = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
PARCEL = {
    "kind": "courier",
    "parcel": {"state": "lost", "shop": "MERCH-P1", "owner": "4111 1111 1111 1111"},
    "at": LATELY,
}
MAPPING = {
    "signal_type": "api_error",
    "fields": {"error_code": "parcel.state", "merchant_id": "parcel.shop", "occurred_at": "at", "severity": "=high"},
}


def send(client: TestClient, number: int, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/webhooks/other", json={**PARCEL, "number": number, **more}).json()
    return answer


def shapes(client: TestClient, has: str) -> list[dict[str, Any]]:
    return [one for one in client.get("/signals/unmapped").json() if has in one["paths"]]


def test_what_nobody_can_read_is_kept_once_by_its_shape_without_card_data(client: TestClient) -> None:
    assert [send(client, number)["unmapped"] for number in (1, 2, 2)] == [1, 1, 1]
    (shape,) = shapes(client, "parcel.state")
    assert (shape["source"], shape["count"], shape["kept"], shape["mapping"]) == ("other", 3, 2, None)
    kept = client.get(f"/signals/unmapped/{shape['id']}").json()
    assert [one["content"]["number"] for one in kept] == [1, 2] or {one["content"]["number"] for one in kept} == {1, 2}
    assert "4111" not in json.dumps(kept) and kept[0]["content"]["parcel"]["shop"] == "MERCH-P1"


def test_a_mapping_is_shown_before_it_counts_and_then_reads_what_came_and_what_comes(client: TestClient) -> None:
    send(client, 3, mapped=True)
    (shape,) = shapes(client, "mapped")
    path = f"/signals/unmapped/{shape['id']}/mapping"
    shown = client.post(f"{path}?dry_run=true", json=MAPPING).json()
    assert (shown["dry_run"], shown["read"], shown["left"]) == (True, 1, 0)
    assert shown["signals"][0]["error_code"] == "lost" and not client.get("/signals?merchant_id=MERCH-P1").json()
    assert shapes(client, "mapped")[0]["mapping"] is None
    done = client.post(path, json=MAPPING).json()
    assert (done["dry_run"], done["read"]) == (False, 1)
    assert [one["error_code"] for one in client.get("/signals?merchant_id=MERCH-P1").json()] == ["lost"]
    later = send(client, 4, mapped=True)
    assert (later["accepted"], later["unmapped"]) == (1, 0)
    assert send(client, 4, mapped=True)["duplicates"] == 1
    assert len(client.get("/signals?merchant_id=MERCH-P1").json()) == 2
    told = [event for event in client.get("/audit?limit=500").json() if event["kind"] == "source.mapped"]
    assert told[-1]["subject"] == shape["id"] and told[-1]["payload"]["mapping"]["fields"] == MAPPING["fields"]


def test_what_a_mapping_does_not_fit_stays_and_is_told(client: TestClient) -> None:
    send(client, 5, fits=True)
    send(client, 6, fits=True, at="some day")
    (shape,) = shapes(client, "fits")
    done = client.post(f"/signals/unmapped/{shape['id']}/mapping", json=MAPPING).json()
    assert (done["read"], done["left"]) == (1, 1)
    assert done["problems"][0]["field"] == "occurred_at" and "some day" in done["problems"][0]["problem"]
    assert shapes(client, "fits")[0]["kept"] == 1
    assert send(client, 7, fits=True, at="one day")["unmapped"] == 1


def test_what_says_nothing_is_ignored_from_then_on(client: TestClient) -> None:
    send(client, 8, noise=True)
    (shape,) = shapes(client, "noise")
    assert client.post(f"/signals/unmapped/{shape['id']}/mapping", json={"ignore": True}).json()["read"] == 1
    assert send(client, 9, noise=True)["unmapped"] == 0
    assert shapes(client, "noise")[0]["kept"] == 0 and shapes(client, "noise")[0]["count"] == 2


def test_a_mapping_that_cannot_work_is_refused_by_field(client: TestClient) -> None:
    send(client, 10, wrong=True)
    (shape,) = shapes(client, "wrong")
    reply = client.post(
        f"/signals/unmapped/{shape['id']}/mapping", json={"signal_type": "log", "fields": {"mesage": "a"}}
    )
    assert reply.status_code == 422 and reply.json()["problems"][0]["field"] == "mesage"
    assert client.post("/signals/unmapped/SHP-NONE/mapping", json=MAPPING).status_code == 404


# --- files
# ------------------------------------------------------------------------------------------------------------------


def send_file(client: TestClient, content: bytes, **params: Any) -> Any:
    return client.post("/signals/file", content=content, params=params, headers={"content-type": "text/csv"})


def test_a_table_with_a_mark_and_semicolons_is_taken_by_its_mapping_and_twice_is_once(client: TestClient) -> None:
    content = "\ufeffNo.;Shop;Total\n7;MERCH-F1;12,50\n8;MERCH-F1;1\n".encode()
    mapping = json.dumps(
        {"signal_type": "order", "fields": {"order_id": "No.", "merchant_id": "Shop", "amount": "Total | minor"}}
    )
    first, again = (send_file(client, content, name="orders.csv", mapping=mapping, source="export") for _ in range(2))
    assert (first.status_code, first.json()["accepted"], again.json()["duplicates"]) == (202, 2, 2)
    assert sorted(one["amount"] for one in client.get("/signals?merchant_id=MERCH-F1").json()) == [100, 1250]


def test_one_bad_row_and_nothing_is_kept_unless_the_good_ones_are_asked_for(client: TestClient) -> None:
    rows = ["signal_type,merchant_id,severity,occurred_at", f"log,MERCH-F2,low,{LATELY}"]
    rows += ["log,MERCH-F2,dire,", "log,MERCH-F2,low,1926-11-20T10:00:00Z", ""]
    content = "\n".join(rows).encode()
    refused = send_file(client, content)
    assert refused.status_code == 422
    assert [(one["index"], one["field"]) for one in refused.json()["problems"]] == [(3, "severity"), (4, "occurred_at")]
    assert "row 3, column severity" in refused.json()["detail"]
    shown = send_file(client, content, dry_run=True).json()
    assert (shown["rows"], len(shown["signals"]), len(shown["rejected"]), shown["accepted"]) == (3, 1, 2, 0)
    assert client.get("/signals?merchant_id=MERCH-F2").json() == []
    kept = send_file(client, content, partial=True).json()
    assert (kept["accepted"], [one["path"] for one in kept["rejected"]]) == (
        1,
        ["row 3, column severity", "row 4, column occurred_at"],
    )


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"\xff\xfe\x00", 400), (b"a,b\n1,2\n", 422), (b"{", 400), (b"signal_type\n", 422)],
)
def test_what_is_no_file_of_signals_is_refused(client: TestClient, content: bytes, status: int) -> None:
    assert send_file(client, content).status_code == status
