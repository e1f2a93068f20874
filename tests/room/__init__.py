"""Tests of seminar.room."""
