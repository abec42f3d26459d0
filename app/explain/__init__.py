"""Why we say so: a question in, sentences composed from recorded facts out. Pure and read-only."""
