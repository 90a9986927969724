# SPDX-License-Identifier: GPL-2.0
"""Mutants in real guests: a spread sample of them, each noticed by a named claim."""

import glob
import json
import os
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
RUN = os.path.join(TOP, 'mutation', 'run')
SIZE = 8
MISSING = 4


class Sample(unittest.TestCase):
    def test_is_noticed(self):
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run([RUN, '--sample', str(SIZE), '--green', '1', '--out', out],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors='replace',
                                  check=False)
            if done.returncode == MISSING:
                self.skipTest(done.stdout.splitlines()[-1])
            said = {}
            for path in glob.glob(os.path.join(out, '*.json')):
                with open(path, encoding='utf-8') as file:
                    kept = json.load(file)
                if 'verdict' in kept:
                    said[kept['name']] = kept['verdict']
        self.assertEqual(len(said), SIZE, done.stdout)
        self.assertGreater(list(said.values()).count('claim'), SIZE // 2, done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == '__main__':
    unittest.main()
