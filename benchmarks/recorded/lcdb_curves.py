"""The learning curves of the package lcdb, one table a data set, converted once into a cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from results.table_file import TableDescription
from tuner.errors import InvalidOption

from .conversion import Package, write_converted

if TYPE_CHECKING:
    import pandas as pd

PACKAGE: Final = Package(
    name="lcdb", module="lcdb", extra="lcdb", converter="benchmarks.recorded.lcdb_curves", format=1
)
DATA_SETS: Final = frozenset(
    """
    3 6 11 12 13 14 16 18 21 22 23 24 26 28 30 31 32 36 38 44 46 54 55 57 60 61 179 180 181 182 184 185 188 201
    273 293 299 300 336 346 351 354 357 380 389 390 391 392 393 395 396 398 399 401 446 554 679 715 718 720 722
    723 727 728 734 735 737 740 741 743 751 752 761 772 797 799 803 806 807 813 816 819 821 822 823 833 837 843
    845 846 847 849 866 871 881 897 901 903 904 910 912 913 914 917 923 930 934 953 958 959 962 966 971 976 977
    978 979 980 991 993 995 1000 1002 1018 1019 1020 1021 1036 1040 1041 1042 1049 1050 1053 1056 1067 1068 1069
    1083 1084 1085 1086 1087 1088 1111 1112 1114 1116 1119 1120 1128 1130 1134 1138 1139 1142 1146 1161 1166 1216
    1233 1235 1236 1441 1448 1450 1457 1461 1464 1465 1468 1475 1477 1479 1483 1485 1486 1487 1488 1489 1494 1499
    1503 1509 1515 1566 1567 1575 1590 1592 1597 4134 4135 4137 4534 4538 4541 23512 23517 40498 40664 40668 40670
    40672 40677 40685 40687 40701 40713 40900 40910 40971 40975 40978 40981 40982 40983 40984 40994 40996 41027
    41142 41143 41144 41145 41146 41150 41156 41157 41158 41159 41161 41163 41164 41165 41166 41167 41168 41169
    41228 41972 42732 42733 42734 42742 42769 42809 42810
    """.split()  # noqa: SIM905  248 numbers read better without quotes
)
"""The OpenML numbers of the data sets that it has."""
_FILE: Final = "database-accuracy.csv"
_SPLIT: Final = ["outer_seed", "inner_seed"]


def converted(name: str) -> Path:
    """The TOML file of a data set's table, in the user's cache; raises `InvalidOption` for an unknown one."""
    if name not in DATA_SETS:
        known = sorted(DATA_SETS, key=int)
        told = f"{len(known)} by their OpenML number, {', '.join(known[:4])} to {known[-1]}"
        raise InvalidOption(f"no data set {name!r} in {PACKAGE.name}; it has {told}")
    return PACKAGE.converted(name)


def convert(name: str, folder: Path, source: Path | None = None) -> Path:
    """Write a table's two files; `source` has the package's files, and is where it is installed unless named."""
    recorded = read_evaluations((source or PACKAGE.place) / _FILE, int(name))
    complete = complete_curves(recorded)
    return write_converted(_description(name, recorded, complete), _rows(complete), folder)


def read_evaluations(path: Path, data_set: int) -> pd.DataFrame:
    """The rows of one data set, in the order of the file, which is read piece by piece."""
    import pyarrow.compute as pc
    from pyarrow import csv

    pieces = csv.open_csv(path)
    found = [batch.filter(pc.equal(batch["openmlid"], data_set)) for batch in pieces]
    rows: pd.DataFrame = pa.Table.from_batches(found, pieces.schema).to_pandas()
    return rows


def complete_curves(recorded: pd.DataFrame) -> pd.DataFrame:
    """The curves, each of a learner on one split, that have all sizes which any learner has on this data set.

    So a learner that failed or took too long at some size is left out, and one that did so on some splits is there
    with its other splits; a size is the same rows for all.
    """
    curve = ["learner", *_SPLIT]
    sizes = recorded.groupby(curve)["size_train"].transform("nunique")
    return recorded[sizes == recorded["size_train"].nunique()]


def _description(name: str, recorded: pd.DataFrame, complete: pd.DataFrame) -> TableDescription:
    learners, known = (list(dict.fromkeys(map(_short, rows["learner"]))) for rows in (complete, recorded))
    without = ", ".join(learner for learner in known if learner not in learners)
    but = f"; without {without}, which no split has at every size" if without else ""
    sizes = complete["size_train"]
    return TableDescription.model_validate(
        {
            "name": name,
            "description": f"Which learner for OpenML data set {name}, by rows of training data{but}",
            "source": "https://github.com/fmohr/lcdb",
            "licence": "MIT",
            "parquet": f"{name}.parquet",
            "lookup": "exact",
            "objectives": {"error": "minimize"},
            "held_out": {"error": "held_out_error"},
            "cost": "seconds",
            "anew": True,
            "replicate": "split",
            "fidelity": {"column": "training_rows", "low": int(sizes.min()), "high": int(sizes.max())},
            "parameters": {"learner": {"kind": "Categorical", "choices": learners}},
        }
    )


def _rows(complete: pd.DataFrame) -> pa.Table:
    return pa.table(
        {
            "learner": list(map(_short, complete["learner"])),
            "training_rows": complete["size_train"].to_numpy(),
            "error": (1 - complete["score_valid"]).round(6).to_numpy(),
            "held_out_error": (1 - complete["score_test"]).round(6).to_numpy(),
            "seconds": complete["traintime"].to_numpy(),
            "split": [f"{outer}-{inner}" for outer, inner in complete[_SPLIT].itertuples(index=False)],
        }
    )


def _short(learner: str) -> str:
    """A class of scikit-learn without its module."""
    return learner.rpartition(".")[2]
