"""Read a run's stored trials, analyse them, and build the report."""
