"""From what senders report to incidents: signals and merchants are taken in, swept and shown."""
