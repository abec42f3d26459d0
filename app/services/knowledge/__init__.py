"""What people wrote down: runbooks uploaded, trusted, searched and removed."""
