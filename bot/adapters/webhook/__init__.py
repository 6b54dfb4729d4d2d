"""The HTTP receiver for fal's webhooks."""
