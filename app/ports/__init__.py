"""The roles of the workers, as protocols: neighbours on the floor of workers are strangers and meet here only."""
