"""The optional language model: opened by name, asked within limits, and believed only as far as recorded facts go."""
