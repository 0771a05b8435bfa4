"""The command line `tuner`: one module for each command, and none of them imports more than it shows."""
