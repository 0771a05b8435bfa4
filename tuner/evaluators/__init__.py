"""Where studies run: in this process, or on Ray workers."""
