"""Clock, heartbeat, control socket and other services of the process."""
