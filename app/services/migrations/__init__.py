"""What a migration meets: who is ready for the cutover, and how those fare who were cut over."""
