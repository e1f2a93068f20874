"""Hostile submissions. None is ever run outside a room."""
