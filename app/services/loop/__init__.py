"""The loop at work: which incident may go on, what its nodes leave behind, and the worker's beat."""
