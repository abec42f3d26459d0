"""Writes a picture of every page, light and dark, to docs/screens, of the product that `make run` has started:
`python tests/screen/take_screens.py [CONSOLE] [API]`.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
FRESH = (
    f"() => document.querySelector('{SETTLED}') && !document.querySelector('[data-stale=true],"
    " [data-testid=stSkeleton]')"
)
TALLEST = 1_700


def get(api: str, path: str) -> Any:
    return (
        httpx.get(f"{api}{path}", headers={"X-Tenant": "demo"}, timeout=60, trust_env=False).raise_for_status().json()
    )


def pages(api: str) -> dict[str, str]:
    """The name of each picture and the address it is taken of."""
    pending, done = (
        get(api, "/actions/pending"),
        [row for row in get(api, "/actions?limit=200") if row["status"] == "VERIFIED"],
    )
    done.sort(key=lambda row: row["decided_by"].startswith("policy:"))
    shown = pending[0]
    question = {"question": "Why did you propose this?", "about": shown["id"]}
    asked = httpx.post(f"{api}/ask", headers={"X-Tenant": "demo"}, json=question, timeout=60, trust_env=False).json()[
        "conversation_id"
    ]
    return {
        "inbox": f"?tenant=demo&action={shown['id']}",
        "receipt": f"?tenant=demo&show=decided&action={done[0]['id']}" if done else "?tenant=demo&show=decided",
        "incidents": "incidents?tenant=demo",
        "incident": f"incidents?tenant=demo&incident={(done[0] if done else shown)['incident_id']}",
        "ask": f"ask?tenant=demo&conversation={asked}&about={shown['id']}",
        "knowledge": "knowledge?tenant=demo&q=payment+callback+is+not+https",
        "signals": "signals?tenant=demo",
        "migrations": "migrations?tenant=demo",
        "tools": "tools?tenant=demo&tool=resubscribe_webhook",
        "causes": "causes?tenant=demo",
        "audit": "audit?tenant=demo",
        "empty": "?tenant=default",
    }


def take(browser: Browser, console: str, wanted: dict[str, str], scheme: str) -> None:
    """One picture per page in one colour scheme."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    for name, address in wanted.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{console}/{address}")
        page.get_by_text("● Live").first.wait_for()
        page.wait_for_selector(SETTLED, timeout=60_000)
        height = page.evaluate("() => document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
        page.set_viewport_size({"width": 1440, "height": max(900, min(height + 120, TALLEST))})
        page.wait_for_function(FRESH, timeout=60_000)
        page.screenshot(path=SCREENS / f"{name}-{scheme}.png", animations="disabled")


def main(console: str = "http://127.0.0.1:8501", api: str = "http://127.0.0.1:8000") -> None:
    """Both colour schemes of every page of the product that runs there."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    wanted = pages(api)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for scheme in ("light", "dark"):
            take(browser, console, wanted, scheme)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
