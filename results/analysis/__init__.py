"""Who wins, and how sure are we: pure functions of a store."""
