"""A simulated commerce platform: it breaks, shows it in its signals, and gets better when the right tool is used."""
