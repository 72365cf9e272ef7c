"""The own model at work: exported graphs on the inference engine, sampling in numpy. Never torch."""
