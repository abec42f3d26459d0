"""What would have been normal, and what departs from it: one model, used wherever seen is held against expected."""
