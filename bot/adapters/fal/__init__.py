"""fal's queue, storage and listing: https://fal.ai/docs"""
