"""The kinds of question that can be asked: one file each, found by being here."""
