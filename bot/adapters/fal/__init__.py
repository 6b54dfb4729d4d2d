"""Client of fal's queue, storage, listing and webhooks. See https://fal.ai/docs."""
