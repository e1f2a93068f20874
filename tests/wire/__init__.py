"""Tests of seminar.wire."""
