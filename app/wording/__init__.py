"""The sentences of answers, by language: one file each, the same keys in all."""
