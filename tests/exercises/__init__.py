"""Every exercise against its answer bank."""
