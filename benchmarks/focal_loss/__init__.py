"""A small net for a rare class, trained with the focal loss of Lin et al. 2017."""

from .task import FocalLossClassifier as FocalLossClassifier
