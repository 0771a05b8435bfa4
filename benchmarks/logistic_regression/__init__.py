"""Elastic-net logistic regression on a small table: regularisation, class weights and scaling."""

from .task import LogisticRegressionTask

__all__ = ["LogisticRegressionTask"]
