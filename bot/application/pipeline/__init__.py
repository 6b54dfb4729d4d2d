"""Drives jobs from their rows to their ends."""
