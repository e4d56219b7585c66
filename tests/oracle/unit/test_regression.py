"""SigmaHQ's own positive tests, where the data is there."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

from oracle import regression

DATA = os.environ.get("SPOOR_DATA_DIR", "")


class Regression(unittest.TestCase):
    def test_each_rule_matches_its_own_events(self) -> None:
        if not DATA or not (Path(DATA) / "sigma").is_dir():
            print("SKIPPED: SPOOR_DATA_DIR names no data", file=sys.stderr)
            self.skipTest("SPOOR_DATA_DIR names no data")
        with tempfile.TemporaryDirectory() as folder:
            regression.unpack(Path(DATA), Path(folder))
            self.assertEqual(len(regression.index_rows(Path(DATA))), 90)
            self.assertEqual(regression.check(Path(DATA), Path(folder)), [])


if __name__ == "__main__":
    unittest.main()
