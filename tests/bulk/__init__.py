"""Tests of seminar.bulk."""
