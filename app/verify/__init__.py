"""Did it work? A forecast held against what happened, beside those who were not treated. Pure."""
