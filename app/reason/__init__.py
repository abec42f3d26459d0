"""Why it happens: a dossier in, ranked causes with the evidence for and against them out. Pure."""
