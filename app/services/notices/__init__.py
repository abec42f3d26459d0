"""Telling people: what is due to whom, whether it went out, and who is told when nobody answers."""
