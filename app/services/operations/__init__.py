"""Keeping the product running: kill switches, status, maintenance, restore, and answers kept by key."""
