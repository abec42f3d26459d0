"""Where the truth lives: the Store port over a database and over memory, held to one contract suite."""
