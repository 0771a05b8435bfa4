"""Models of recorded evaluations, stored as ONNX, as tasks."""

from .task import OnnxSurrogate

__all__ = ["OnnxSurrogate"]
