"""Models, their prices and inputs, and their comparison with fal's live catalogue."""
