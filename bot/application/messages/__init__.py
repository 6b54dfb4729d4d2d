"""Status messages and the delivery of finished videos."""
