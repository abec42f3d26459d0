"""Which attribute combinations explain why a total is not what was expected."""
