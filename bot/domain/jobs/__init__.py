"""A paid request and its life: states, ledger entries, fal's answers."""
