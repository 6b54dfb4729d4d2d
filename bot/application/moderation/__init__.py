"""Use cases of moderators."""
