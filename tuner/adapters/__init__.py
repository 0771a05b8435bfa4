"""Bridges to other libraries, both ways."""
