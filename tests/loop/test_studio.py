"""The factory that LangGraph Studio calls: a graph over a demo world, which runs until it asks a person."""

import asyncio
import json
from importlib import import_module
from pathlib import Path

from app.cli import studio

PROJECT = Path(__file__).resolve().parents[2]


def test_the_studio_finds_a_graph_that_runs_until_a_person_is_asked() -> None:
    named = json.loads((PROJECT / "langgraph.json").read_text("utf-8"))["graphs"]["causeway"]
    place, _, factory = named.partition(":")
    module = import_module(place.removeprefix("./").removesuffix(".py").replace("/", "."))
    try:
        graph = asyncio.run(getattr(module, factory)())
        given = json.loads(json.dumps(studio.list_inputs()))[0]
        told = graph.invoke(given, {"configurable": {"thread_id": "studio-1"}})
        assert {"dossier", "assessment", "decision"} <= set(told) and told["incident"] == given["incident"]
        assert "__interrupt__" in told or told["approval"]["kind"] == "granted"
        assert graph.get_state({"configurable": {"thread_id": "studio-1"}}).next
    finally:
        studio.open_world().stop()
        studio.open_world.cache_clear()
