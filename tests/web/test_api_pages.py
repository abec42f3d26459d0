"""The pages that describe the API work without a network: everything they load, our own server has."""

import re

import pytest
from fastapi.testclient import TestClient

LOADED = re.compile(r"""(?:src|href)=["']([^"']+)["']""")
NAMED_BY_SCRIPT = re.compile(
    r"""(?:url|oauth2RedirectUrl)["']?: *(?:window\.location\.origin *\+ *)?["']([^"']+)["']"""
)


@pytest.mark.parametrize(("path", "least"), [("/docs", 3), ("/redoc", 2)])
def test_a_page_loads_nothing_but_from_our_own_server(client: TestClient, path: str, least: int) -> None:
    page = client.get(path)
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    loaded = [*LOADED.findall(page.text), *NAMED_BY_SCRIPT.findall(page.text)]
    assert len(loaded) >= least
    for place in loaded:
        assert place.startswith("/") and not place.startswith("//"), f"{path} loads {place}"
        found = client.get(place)
        assert found.status_code == 200 and found.content, place
        assert "frame-ancestors 'none'" in found.headers["content-security-policy"]
        assert found.headers["x-content-type-options"] == "nosniff"


def test_a_page_of_another_site_gets_none_of_their_files(client: TestClient) -> None:
    script = next(place for place in LOADED.findall(client.get("/redoc").text) if place.endswith(".js"))
    strange = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}
    assert client.get(script, headers=strange).status_code == 403
    assert client.get(script.rpartition("/")[0] + "/../../main.py").status_code == 404
