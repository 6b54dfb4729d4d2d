"""Use cases and the pipeline."""
