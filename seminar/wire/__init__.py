"""What the examiner and the candidate speak: messages of data, and nothing else."""
