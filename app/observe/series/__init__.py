"""One series of numbers: what each point was expected to be, and how far from usual it came."""
