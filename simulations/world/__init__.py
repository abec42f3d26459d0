"""The platform that lives by itself: its people, their journeys, its faults, and what it reports of them."""
