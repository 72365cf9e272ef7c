"""The own model's networks and their training: the only home of torch."""
