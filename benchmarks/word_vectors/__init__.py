"""Static word vectors against contextual ones: telling senses of a word apart, and topics of short texts."""

from .task import WordVectors

__all__ = ["WordVectors"]
