"""Models, their prices and inputs, and whether they agree with what fal says."""
