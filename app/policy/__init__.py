"""What may be done: rules over typed facts, the risk they speak about, and the ruling. Pure, and failing closed."""
