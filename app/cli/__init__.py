"""The terminal door: one file per command group. Nothing heavy is imported before a command runs, so that --help is
instant.
"""
