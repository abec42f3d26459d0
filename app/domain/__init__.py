"""The nouns of the loop, in causal order: a value may import its causes, never its effects."""
