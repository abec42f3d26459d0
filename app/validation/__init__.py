"""What makes a file, a condition or an argument acceptable; pure checks that the contracts and everything
above share.
"""
