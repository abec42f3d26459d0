"""One file per topic; a route reads its request, calls one use case, and returns its value."""
