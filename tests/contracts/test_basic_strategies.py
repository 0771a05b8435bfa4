from tuner.strategies.grid import Grid
from tuner.strategies.random_search import RandomSearch
from tuner.strategies.sobol_sequence import SobolSequence
from tuner.testing.strategy_contract import StrategyContract


class TestRandomSearch(StrategyContract):
    strategy = RandomSearch


class TestSobolSequence(StrategyContract):
    strategy = SobolSequence


class TestGrid(StrategyContract):
    strategy = Grid


class TestGridOfTwoPoints(StrategyContract):
    strategy = Grid
    options = {"points": 2}  # noqa: RUF012  the contract declares it
