"""One file for each sender whose own format we read: what proves that it sent something, and what that says as signals.

Pure: headers, bytes and settings in, signals and an unread remainder out. Who may write into which tenant, and what is
kept, is for the use cases.
"""
