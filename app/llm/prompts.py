"""Instructions for the model: files, so that they can be read and changed, each with a version that answers carry."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.domain.errors import BadConfig
from app.ports.model import Prompt

NAMES: Final = ("wording", "understanding", "ideas")
_FILE = re.compile(r"\A---\nversion: (?P<version>\d{1,6})\n---\n(?P<text>.+)\Z", re.DOTALL)


def load_prompts(folder: Path) -> dict[str, Prompt]:
    """Every prompt of a folder; BadConfig names the file that is missing or has no version."""
    return {name: _read_prompt(folder / f"{name}.md", name) for name in NAMES}


def _read_prompt(path: Path, name: str) -> Prompt:
    try:
        found = _FILE.match(path.read_text("utf-8").replace("\r\n", "\n"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise BadConfig([f"{path}: cannot be read: {trouble}"]) from None
    if found is None:
        raise BadConfig([f"{path}: begins with no version; write '---', 'version: 1', '---', and then the text"])
    text = found["text"].strip()
    return Prompt(name=name, version=f"{name} {found['version']} {sha256(text.encode()).hexdigest()[:12]}", text=text)
