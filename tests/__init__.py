"""The tests: they mirror the package, and `exercises/` holds those of the notebooks."""
