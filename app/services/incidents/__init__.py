"""One incident as people meet it: read from every side, managed, and asked about."""
