"""The untrusted side: runs a model's pipeline and writes down what came out. Judging it happens elsewhere."""
