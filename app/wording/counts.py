"""How many, in words."""


def stores_in_words(count: int) -> str:
    """How many stores, in words."""
    return "1 store" if count == 1 else f"{count} stores"
