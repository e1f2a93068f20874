"""Measurements, each run by hand: `python -m benchmarks.NAME`. None is a test."""
