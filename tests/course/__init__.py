"""Tests of seminar.course."""
