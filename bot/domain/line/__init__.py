"""The order of waiting jobs, and the circuit breaker that pauses them."""
