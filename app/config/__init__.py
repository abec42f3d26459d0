"""The configuration: its shapes, how it is read, and what must hold in it."""
