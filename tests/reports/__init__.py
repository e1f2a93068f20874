"""Tests of seminar.reports."""
