"""Requests of members, and the jobs that are planned from them."""
