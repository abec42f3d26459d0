"""Makes the vectors of all sentences that come with the product anew: run it (`make vectors`, a few minutes) after any
of them changed. What is left out costs no more than that each start has to make its vector.
"""

from pathlib import Path

from app.config.load import load_config
from app.observe.meanings import sentences_of
from rag.embeddings import MiniLm
from rag.text_vectors import SHIPPED, ShippedVectors


def list_sentences() -> list[str]:
    """What the messages of incidents are compared with."""
    packs = load_config(Path("config")).packs.values()
    return [one for pack in packs for some in sentences_of(pack).values() for one in some]


if __name__ == "__main__":
    ShippedVectors.write(SHIPPED, list_sentences(), MiniLm())
    print(f"{SHIPPED.name}: {SHIPPED.stat().st_size / 1e6:.1f} MB")
