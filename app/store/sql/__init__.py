"""The repositories over SQLAlchemy, for SQLite and PostgreSQL."""
