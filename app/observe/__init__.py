"""What is happening: signals in, patterns, incidents-to-be, contrasts and a dossier out. Pure, without any model."""
