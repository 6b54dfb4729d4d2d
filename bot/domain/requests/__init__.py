"""From a member's options to a planned job."""
