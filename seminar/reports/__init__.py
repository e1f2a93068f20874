"""What people look at: the table of scores."""
