"""Opens adapters and wires the use cases."""
