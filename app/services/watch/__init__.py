"""Looking at what came in: sweeps, what they fail over, and what recovers by itself."""
