"""The same training, one trial at a time, in ordinary PyTorch and scikit-learn: what stacking is measured against."""
