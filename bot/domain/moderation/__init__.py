"""A server's rules, quotas and budgets, and the decision that they make."""
