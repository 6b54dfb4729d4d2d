"""Flows shared by commands, buttons and mentions."""
