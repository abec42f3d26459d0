"""Trials in the terminal: a scenario, all of them, or new ones, lived through by the agent, and what came of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ApiPort, AsJson
from app.cli.show import as_json, say, say_table
from app.domain.base import JsonMapping
from app.domain.errors import BadConfig

if TYPE_CHECKING:
    from app.cli.trials import Order, Told
    from simulations.scenario import Scenario
    from simulations.scoring.gates import Floors
    from simulations.world.truth import Trial

MISUSE = 2
QUIET_SEED = 41_100


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(simulate)


def simulate(
    scenario: Annotated[list[str] | None, typer.Argument(help="Ids of shipped scenarios, or files.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every shipped scenario.")] = False,
    generate: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="So many scenarios that nobody has seen yet.")
    ] = None,
    quiet: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="So many days of 200 merchants on which nothing goes wrong.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=2**53, help="Another seed than the scenarios' own; with --all each draws its own from it."
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="A seed that was never used; it is told.")] = False,
    operator: Annotated[
        list[str] | None,
        typer.Option(help="Who answers: truthful, rubber_stamp, slow, absent or knowing; repeat for several."),
    ] = None,
    score: Annotated[bool, typer.Option("--score", help="Print the scorecard.")] = False,
    floors: Annotated[
        str | None,
        typer.Option(help="Score, and fail below the floors of this kind of run in simulations/floors.yaml."),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="The scorecard as a page of documentation.")] = False,
    noise: Annotated[
        float, typer.Option(min=0, max=10, help="So many times the usual noise; 0.5 and 2 show how robust it is.")
    ] = 1.0,
    without: Annotated[
        list[str] | None,
        typer.Option(help="Withhold severities, codes or attributes; repeat for several. Each trial is paired."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="A file of trials: those in it count and are not lived through again; new ones are added."),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0.01, max=60, help="On the running server, at so many simulated minutes a second."),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="With --speed: the name of the tenant it runs in, such as trial-one.")
    ] = None,
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Let the agent live through scenarios in simulated time, answered by a scripted person, and say what
    came of it.
    """
    names = scenario or []
    if fresh and seed is None:
        seed = _fresh_seed()
    if speed is not None:
        _on_the_server(names, {"speed": speed, "seed": seed, "tenant": tenant}, api_port, json_=json_)
        return
    with _plain_refusals():
        shipped = _shipped_scenarios(names, every=every, drawn=generate is not None or quiet is not None)
        drawn = [*_draw_scenarios(generate or 0, seed), *_draw_quiet_days(quiet or 0, seed)]
        orders = _list_orders(shipped, drawn, seed, operator or ["truthful"], every=every)
        held = _read_floors(floors) if floors else None
        _refuse_unreasoned(orders)
    trials = _live_trials(orders, keep, noise)
    if without:
        _tell_ablations(trials, orders, without, keep, noise, floors)
        return
    if score or held is not None or markdown:
        _tell_score(trials, held or {}, json_=json_, markdown=markdown)
    elif json_:
        as_json([trial.plain() for trial in trials])
    else:
        _tell_trials(trials)


@contextmanager
def _plain_refusals() -> Iterator[None]:
    """What is wrong with a scenario's file in one sentence each: whoever wrote it made a mistake, and
    nothing was run.
    """
    try:
        yield
    except BadConfig as wrong:
        for problem in wrong.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(MISUSE) from None


def _shipped_scenarios(names: list[str], *, every: bool, drawn: bool) -> "list[Scenario]":
    """The scenarios that are named, or all that are shipped."""
    if every == bool(names) and not (drawn and not names):
        raise typer.BadParameter("Name scenarios, or use --all, --generate N, --quiet N, or several.")
    from app.settings import Settings
    from simulations.scenarios.trials import load_scenario, load_scenarios

    shipped = Settings().fixtures / "scenarios"
    return list(load_scenarios(shipped)) if every else [load_scenario(_scenario_file(name, shipped)) for name in names]


def _scenario_file(name: str, shipped: Path) -> Path:
    file = Path(name) if name.endswith((".yaml", ".yml")) else shipped / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(path.stem for path in sorted(shipped.glob("*.yaml")))
        raise typer.BadParameter(f"There is no scenario {name!r}. There are: {known}.")
    return file


def _draw_scenarios(count: int, seed: int | None) -> "list[Scenario]":
    """New scenarios; without a seed each time others."""
    if not count:
        return []
    from simulations.scenarios.generate import generate_scenarios

    return list(generate_scenarios(count, _fresh_seed() if seed is None else seed))


def _draw_quiet_days(count: int, seed: int | None) -> "list[Scenario]":
    """Days on which nothing goes wrong, every other one with something harmless; without a seed always the same."""
    from simulations.scenarios.generate import draw_quiet_days

    return [
        draw_quiet_days(QUIET_SEED if seed is None else seed, place, days=1, decoys=place % 2) for place in range(count)
    ]


def _fresh_seed() -> int:
    """A seed that nobody has used, told so that the same can be run again."""
    from app.system import FreshIds

    seed = int(FreshIds().fresh("SEED").rpartition("-")[2], 16) % 2**40
    typer.echo(f"Seed {seed}.", err=True)
    return seed


def _list_orders(
    shipped: "list[Scenario]", drawn: "list[Scenario]", seed: int | None, operators: list[str], *, every: bool
) -> "list[Order]":
    """A trial of each scenario under each operator. Where one seed is for all, each draws its own from it, or all would
    have the same people.
    """
    from app.cli.trials import Order
    from app.services.trials.operators import OPERATORS

    known = {str(name): name for name in OPERATORS}
    for name in operators:
        if name not in known:
            raise typer.BadParameter(
                f"{name!r} is nobody we know; write one of {', '.join(OPERATORS)}.", param_hint="--operator"
            )
    own = {one.id: one.seed if seed is None else _seed_from(seed, one.id) if every else seed for one in shipped}
    return [
        Order(one, own.get(one.id, one.seed), known[name])
        for name in dict.fromkeys(operators)
        for one in (*shipped, *drawn)
    ]


def _refuse_unreasoned(orders: "list[Order]") -> None:
    """BadConfig for platforms that no domain pack knows anything about, before anything runs."""
    from app.config.load import load_config
    from app.settings import Settings

    packs = load_config(Settings().config).packs
    wrong = {
        order.scenario.id: order.scenario.platform.domain
        for order in orders
        if order.scenario.platform.domain not in packs
    }
    if wrong:
        known = ", ".join(sorted(packs))
        raise BadConfig(
            [
                f"{name}: platform.domain: there is no domain pack {domain!r}; write one of {known}"
                for name, domain in wrong.items()
            ]
        )


def _seed_from(seed: int, name: str) -> int:
    from app.domain.base import digest_of

    return int(digest_of([seed, name])[:12], 16)


def _live_trials(orders: "list[Order]", keep: Path | None, noise: float, without: str = "") -> "list[Trial]":
    """Every trial, with a bar for people who wait."""
    from app.cli.trials import disguise_order, live_all, live_missing

    disguised = [disguise_order(order, noise, without) for order in orders]
    with _progress_bar() as told:
        return list(live_all(disguised, told) if keep is None else live_missing(disguised, told, keep))


def _tell_ablations(
    trials: "list[Trial]", orders: "list[Order]", without: list[str], keep: Path | None, noise: float, run: str | None
) -> None:
    """What it costs to withhold something, trial by trial beside the same trial with everything told."""
    from simulations.scoring.ablations import MOST_LOST, compare_trials, list_excesses, render_ablations

    most = MOST_LOST if run is None else _read_floors(run)
    files = {name: keep and keep.with_suffix(f".{name}{keep.suffix}") for name in without}
    told = [compare_trials(name, trials, _live_trials(orders, files[name], noise, name)) for name in without]
    for line in render_ablations(told):
        say(line)
    excesses = list_excesses(told, most)
    for sentence in excesses:
        typer.echo(f"Costs too much: {sentence}.", err=True)
    if excesses:
        raise typer.Exit(1)


@contextmanager
def _progress_bar() -> "Iterator[Told]":
    """A bar on a terminal; nothing where output goes into a file."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    with typer.progressbar(length=1_000, file=sys.stderr, show_pos=False) as bar:
        yield lambda done, of: bar.update(done * 1_000 // of - bar.pos)


def _tell_trials(trials: "list[Trial]") -> None:
    """What was really wrong, and what the agent made of it."""
    for trial in trials:
        say(
            f"{trial.scenario}  seed {trial.seed}, {trial.operator}: {trial.signals} signals of {trial.truth.merchants}"
            " merchants"
        )
        for fault in trial.truth.faults:
            ended = f", over at {fault.ended:%d %H:%M}" if fault.ended else ""
            began = f"from {fault.began:%d %H:%M}{ended}" if fault.began else "never seen"
            say(
                f"  true: {fault.cause}, {began}, {len(fault.hurt)} merchant(s) hurt, {fault.lost_orders} order(s) lost"
            )
        _tell_agent(trial)
        say()


def _tell_agent(trial: "Trial") -> None:
    titles = {number: fault.cause for number, fault in enumerate(trial.truth.faults)}
    rows = []
    for seen in trial.incidents:
        best = seen.suspects[0] if seen.suspects else None
        about = ", ".join(f"{titles.get(number, 'nothing')} {count}" for number, count in seen.signals.items())
        rows.append(
            [
                seen.id,
                f"{seen.detected_at:%d %H:%M}",
                seen.status,
                f"{best.cause} {best.confidence:.0%}" if best else "",
                about,
            ]
        )
    say_table(
        ["incident", "found", "status", "taken for", "really about (signals)"],
        rows,
        empty="  The agent saw no incident.",
    )
    actions = [
        [
            one.id,
            f"{one.proposed_at:%d %H:%M}",
            one.tool,
            one.worth,
            one.granted_by or "-",
            one.status + (", undone" if one.undone else ""),
        ]
        for one in trial.actions
    ]
    say_table(
        ["action", "proposed", "tool", "worth", "granted by", "status"], actions, empty="  The agent proposed nothing."
    )


def _read_floors(run: str) -> "Floors":
    from simulations.scoring.gates import load_floors

    return load_floors(run=run)


def _tell_score(trials: "list[Trial]", floors: "Floors", *, json_: bool, markdown: bool) -> None:
    """The scorecard, what looks too good to be true, and which figures are below their floors."""
    from simulations.scoring.gates import list_shortfalls
    from simulations.scoring.leak_checks import find_suspicions
    from simulations.scoring.render import render_markdown as page
    from simulations.scoring.render import render_table as sheet
    from simulations.scoring.score import score_trials

    card, doubts = score_trials(trials), find_suspicions(trials)
    short = list_shortfalls(card.total, floors)
    if json_:
        as_json({**card.plain(), "suspicions": [doubt.plain() for doubt in doubts], "below": list(short)})
    else:
        for line in (page if markdown else sheet)(card).splitlines():
            say(line)
        for doubt in doubts:
            say(f"Too good to be true? {doubt.what}")
    for sentence in short:
        typer.echo(f"Below its floor: {sentence}.", err=True)
    if short:
        raise typer.Exit(1)


def _on_the_server(names: list[str], wish: JsonMapping, api_port: int | None, *, json_: bool) -> None:
    """Begin it on the running server, where its worker lets the time pass."""
    from app.cli.client import open_line, server_answers
    from app.domain.errors import Permanent
    from app.settings import Settings

    if len(names) != 1 or names[0].endswith((".yaml", ".yml")):
        raise typer.BadParameter("The server runs one shipped scenario at a time; name it.", param_hint="--speed")
    settings = Settings() if api_port is None else Settings(api_port=api_port)
    if not server_answers(settings.api_url):
        raise Permanent(
            "With --speed a scenario runs on the server, and none is running; start it with `python -m app up`."
        )
    with open_line("default", api_port) as product:
        answer = product.post(
            "/simulations/run",
            {"scenario": names[0], **{key: value for key, value in wish.items() if value is not None}},
        )
    if json_:
        as_json(answer)
    else:
        say(answer["note"])
