"""The store in memory: a second, independent reading of the same port, for tests and short runs. Nothing here touches
SQL.
"""

from app.store.memory.store import MemoryStore

__all__ = ["MemoryStore"]
