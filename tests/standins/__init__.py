"""Small servers that speak the wire of the vendors: their statuses, ids and errors, and every way to misbehave."""
