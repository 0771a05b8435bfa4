"""Any strategy as a search estimator of scikit-learn."""

from .search_cv import SearchCV

__all__ = ["SearchCV"]
