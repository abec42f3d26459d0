"""What people do with proposals: read them, decide about them, settle what is in doubt."""
