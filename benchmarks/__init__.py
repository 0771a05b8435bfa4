"""Benchmark tasks: real training on real data, and test functions with known optima."""
