"""Trials as data: what a scenario file may say, how it is read, and how new ones are drawn."""
