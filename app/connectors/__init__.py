"""The only door to the world outside: what each tool is sent, exactly, and what came of it, as a value."""
