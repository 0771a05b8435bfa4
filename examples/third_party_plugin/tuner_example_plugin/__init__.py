"""A strategy and a task for tuner-bench."""
