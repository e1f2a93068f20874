"""Tests of seminar.course.collect."""
