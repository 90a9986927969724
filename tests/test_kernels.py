# SPDX-License-Identifier: GPL-2.0
"""The suite on kernels whose verdict is known: it fails where it should, and passes there."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
RUN = os.path.join(TOP, 'vm', 'run')
CLAIM = 'global.wp_fault_installs_one_thp'

sys.path.insert(0, os.path.join(TOP, 'vm'))
import arch    # noqa: E402
import kernel  # noqa: E402
from problem import Missing  # noqa: E402


class Kernels(unittest.TestCase):
    def setUp(self):
        if not shutil.which('qemu-system-x86_64'):
            self.skipTest('qemu-system-x86_64 is missing (package qemu-system-x86)')
        if arch.host() != 'x86_64':
            self.skipTest('needs an x86_64 machine to build programs for the guest')

    def verdict_of(self, version, program):
        try:
            image = kernel.resolve(version, arch.TABLE['x86_64'])
        except Missing as why:
            self.skipTest(f'no kernel to boot: {why}')
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run([RUN, '--kernel', image, '-t', program, '--out', out],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors='replace',
                                  check=False)
            try:
                with open(os.path.join(out, 'result.json'), encoding='utf-8') as file:
                    return json.load(file), done
            except FileNotFoundError:
                return self.fail(done.stdout)

    def expect_split(self, version):
        model, done = self.verdict_of(version, 'hugezero_wp')
        self.assertEqual((model['verdict'], done.returncode), ('FAIL', 1), done.stdout)
        failed = [t for t in model['programs'][0]['tests'] if t['verdict'] == 'FAIL']
        # One cause, one red line; what builds on it is skipped and names it.
        self.assertEqual([t['name'] for t in failed], [CLAIM], done.stdout)
        said = '\n'.join(failed[0]['diagnosis'])
        self.assertIn('split although no allocation failed', said)
        self.assertIn('mm: allocate THP on hugezeropage wp-fault', said)
        self.assertIn('1 anonymous page (number 511), 511 zero pages', said)
        skips = [t['reason'] for t in model['programs'][0]['tests']
                 if t['verdict'] == 'SKIP']
        self.assertTrue(skips)
        self.assertTrue(any('wp_fault_installs_one_thp' in reason for reason in skips))

    def expect_pass(self, version):
        model, done = self.verdict_of(version, 'hugezero_wp')
        self.assertEqual((model['verdict'], done.returncode), ('PASS', 0), done.stdout)
        self.assertEqual({t['reason'] for t in model['programs'][0]['tests']
                          if 'splits the PMD' in t['reason']}, set())

    def test_6_1_splits(self):
        self.expect_split('debian:6.1')

    def test_6_12_splits(self):
        self.expect_split('debian:6.12')

    def test_6_16_to_6_18_passes(self):
        self.expect_pass(r'debian:6\.1[678]\.[^-]*')

    def test_newest_passes(self):
        self.expect_pass('debian:')

    def test_the_library_can_be_trusted_on_an_old_kernel(self):
        model, done = self.verdict_of('debian:6.1', 'hugezero_lib_test')
        self.assertEqual((model['verdict'], done.returncode), ('PASS', 0), done.stdout)


if __name__ == '__main__':
    unittest.main()
