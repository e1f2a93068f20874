"""Tests of seminar.examiner."""
