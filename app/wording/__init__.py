"""What people read: sentences made of counted facts, English first. Nothing is decided here, and nothing is claimed
that no evidence shows.
"""
