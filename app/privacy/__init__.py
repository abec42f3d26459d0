"""What must not be kept or shown is taken out here, before it reaches a store, a log, a prompt or a screen."""
