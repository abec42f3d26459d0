"""A whole store as one portable file, and back."""
