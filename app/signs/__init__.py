"""The kinds of sign a domain pack may look for: one file each, found by being here."""
