"""An autograded exercise kit for a PyTorch seminar, built on nbgrader."""
