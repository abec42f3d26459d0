"""What makes the record provable: how its links are made and walked, and the heads kept outside the database."""
