"""Use cases: one file each, one transaction each. They know ports and deciders, never an adapter."""
