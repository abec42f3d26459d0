"""Where the truth lives: the Store port over SQLite and over PostgreSQL, held to one contract suite."""
