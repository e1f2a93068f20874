"""What people look at: pages of feedback, the class's report, exported grades, the table of scores."""
