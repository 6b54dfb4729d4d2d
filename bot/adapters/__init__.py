"""One door per vendor."""
