"""What the agent made of its trials, in figures that cannot flatter."""
