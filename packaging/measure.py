"""How readable the sources are, in the figures by which a change of names, shapes and places is judged. Standard
library only.

    python packaging/measure.py [FOLDER] [--names N] [--seed S]

Counted are the sources without tests and without the migrations' revisions. A dict is untyped when it is a dict or
mapping from str to Any or object, also when an alias says so. A function is named by one word when its name, without
leading and trailing underscores, has no underscore inside; names between double underscores belong to the language and
do not count.
"""

import argparse
import ast
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

FOLDERS = ("app", "graph", "rag", "simulations")
LONG_FILE = 300
UNTYPED = re.compile(r"^(typing\.)?(dict|Dict|Mapping|MutableMapping)\[str, (Any|object)\]$")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Figures:
    """What was counted."""

    lengths: list[int] = field(default_factory=list)
    functions: list[tuple[str, str]] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    uses: Counter[str] = field(default_factory=Counter)
    meanings: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    untyped: int = 0
    long_files: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0


def main() -> None:
    """Print the table for one checkout, and some names drawn at random so that a reader can judge them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("--names", type=int, default=30)
    parser.add_argument("--seed", type=int, default=20_261_128)
    wanted = parser.parse_args()
    root = Path(wanted.folder)
    found = count(root)
    for said, value in table(root, found):
        print(f"{said:<58} {value}")
    drawn = random.Random(wanted.seed).sample(sorted({name for name, _ in found.functions}), wanted.names)
    print(f"{wanted.names} names drawn with seed {wanted.seed}: {', '.join(drawn)}")


def sources(root: Path) -> list[Path]:
    """The files that are counted."""
    found = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    return [path for path in [*found, root / "streamlit_app.py"] if "versions" not in path.parts]


def count(root: Path) -> Figures:
    """Read every source once."""
    figures = Figures()
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sources(root)}
    aliases = {(_module_of(root, path), name) for path, tree in trees.items() for name in _untyped_aliases(tree)}
    for path, tree in trees.items():
        place = path.relative_to(root).as_posix()
        here = _aliases_in(tree, _module_of(root, path), aliases)
        length = len(path.read_text("utf-8").splitlines())
        figures.lines += length
        if length > LONG_FILE:
            figures.long_files.append((length, place))
        for name in _top_level_names(tree):
            figures.meanings[name].add(place)
        for node in ast.walk(tree):
            _count_node(figures, node, place, here)
    return figures


def _count_node(figures: Figures, node: ast.AST, place: str, aliases: set[str]) -> None:
    if isinstance(node, Function):
        figures.lengths.append((node.end_lineno or node.lineno) - node.lineno + 1)
        if not (node.name.startswith("__") and node.name.endswith("__")):
            figures.functions.append((node.name, place))
            if node.name.startswith("_"):
                figures.private.append(node.name)
    elif isinstance(node, ast.Name):
        figures.uses[node.id] += 1
        figures.untyped += node.id in aliases and isinstance(node.ctx, ast.Load)
    elif isinstance(node, ast.Attribute):
        figures.uses[node.attr] += 1
    elif isinstance(node, ast.Subscript) and UNTYPED.match(ast.unparse(node)):
        figures.untyped += 1


def _module_of(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _aliases_in(tree: ast.Module, module: str, aliases: set[tuple[str, str]]) -> set[str]:
    """The names under which a file knows aliases of untyped dicts: its own, and those it imports."""
    own = {name for home, name in aliases if home == module}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return own | {
        alias.asname or alias.name for node in imports for alias in node.names if (node.module, alias.name) in aliases
    }


def _untyped_aliases(tree: ast.Module) -> list[str]:
    """Names at module level that stand for an untyped dict."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and UNTYPED.match(ast.unparse(node.value)):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.TypeAlias if hasattr(ast, "TypeAlias") else ()) and UNTYPED.match(
            ast.unparse(node.value)
        ):
            found.append(node.name.id)
    return found


def _top_level_names(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
    return [name for name in found if not name.startswith("__")]


def table(root: Path, figures: Figures) -> list[tuple[str, str]]:
    """Each figure with its words."""
    lengths = sorted(figures.lengths)
    one_word = [name for name, _ in figures.functions if "_" not in name.strip("_")]
    once = [name for name in figures.private if figures.uses[name] == 1]
    twice = {name: places for name, places in figures.meanings.items() if len(places) > 1}
    contracts = len(re.findall(r"\[\[tool\.importlinter\.contracts\]\]", (root / "pyproject.toml").read_text("utf-8")))
    readme = (root / "README.md").read_text("utf-8").splitlines()
    return [
        ("lines of sources", str(figures.lines)),
        ("functions", str(len(lengths))),
        (
            "lines of a function: median / p90 / longest",
            f"{lengths[len(lengths) // 2]} / {lengths[int(len(lengths) * 0.9)]} / {lengths[-1]}",
        ),
        ("functions that are private", f"{len(figures.private) / len(figures.functions):.0%}"),
        (
            "private functions used once",
            f"{len(once)} of {len(figures.private)} ({len(once) / len(figures.private):.0%})",
        ),
        (
            "functions named by one word",
            f"{len(one_word)} of {len(figures.functions)} ({len(one_word) / len(figures.functions):.0%})",
        ),
        ("untyped dicts", str(figures.untyped)),
        (
            f"files of more than {LONG_FILE} lines",
            f"{len(figures.long_files)}: {', '.join(f'{p} {n}' for n, p in sorted(figures.long_files)[::-1])}",
        ),
        ("top-level names with two homes, public", str(len([name for name in twice if not name.startswith("_")]))),
        ("top-level names with two homes, private", str(len([name for name in twice if name.startswith("_")]))),
        ("import contracts", str(contracts)),
        ("lines of the README", f"{len(readme)}, the longest of {max(map(len, readme))} characters"),
    ]


if __name__ == "__main__":
    main()
