"""The verbs: each turns one noun of app.domain into the next, and writes exactly one key of the state."""
