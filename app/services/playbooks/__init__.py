"""Plans of several steps: carried on by the agent, completed by people, and shown to both."""
