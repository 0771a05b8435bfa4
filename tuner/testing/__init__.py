"""Contract tests that ship: the laws that every strategy and every task keeps."""
