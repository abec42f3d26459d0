"""What a running process of ours keeps an eye on: its files, its large imports, its vital signs, its key."""
