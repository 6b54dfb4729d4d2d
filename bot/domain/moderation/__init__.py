"""Moderation: a server's rules, quotas and budgets, and the decisions that follow from them."""
