"""The agent at work by itself: its beat, its lanes, one turn on request, and what it tidies up."""
