"""Values to texts and views; pure functions."""
