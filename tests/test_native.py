# SPDX-License-Identifier: GPL-2.0
"""The suite on this very kernel, through the command that users type."""

import json
import mmap
import os
import re
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
THP = "/sys/kernel/mm/transparent_hugepage/enabled"
LAST = re.compile(r"hugezero-wp: (\w+) \((\d)\): (\d+) passed, (\d+) failed, "
                  r"(\d+) skipped, (\d+) xfailed")
NUMBERS = {"PASS": 0, "FAIL": 1, "SKIP": 4}


def anonymous_kb():
    with open("/proc/self/smaps_rollup") as file:
        return int(re.search(r"^Anonymous:\s+(\d+)", file.read(), re.M).group(1))


def zero_pages():
    """Whether 32 MiB that were read take less memory than that."""
    size = 32 << 20
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as area:
        area.madvise(mmap.MADV_NOHUGEPAGE)
        before = anonymous_kb()
        for at in range(0, size, mmap.PAGESIZE):
            area[at]
        return anonymous_kb() - before < size >> 11


def expected():
    """Kernels allocate a huge page on this fault since 6.13."""
    try:
        with open(THP) as file:
            enabled = "[never]" not in file.read() or os.geteuid() == 0
    except FileNotFoundError:
        enabled = False
    release = re.match(r"(\d+)\.(\d+)", os.uname().release).groups()
    if not enabled or not zero_pages():
        return "SKIP"
    return "PASS" if tuple(map(int, release)) >= (6, 13) else "FAIL"


def make(*args):
    # As typed in a shell: not as a part of the make that runs these tests.
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    return subprocess.run(["make", *args], cwd=TOP, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")


class Native(unittest.TestCase):
    def test_verdict_on_this_kernel_is_the_expected_one(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "result.json")
            done = make("-C", "tools/testing/selftests", "TARGETS=mm", "run_tests",
                        "RESULT=" + file)
            said = LAST.findall(done.stdout)
            self.assertEqual(len(said), 1, done.stdout)
            verdict, number, *counts = said[0]
            self.assertEqual(verdict, expected(), done.stdout)
            self.assertEqual(int(number), NUMBERS[verdict])
            self.assertEqual(done.returncode == 0, verdict == "PASS")
            with open(file) as stream:
                result = json.load(stream)
        self.assertEqual((result["verdict"], result["number"]), (verdict, int(number)))
        names = "pass", "fail", "skip", "xfail"
        self.assertEqual([result["counts"][name] for name in names], list(map(int, counts)))
        self.assertEqual(result["kernel"], os.uname().release)

    def test_verdict_is_the_same_with_older_harnesses(self):
        for version in "6.1", "6.12":
            with self.subTest(version):
                done = make("-C", "tools/testing/selftests", "TARGETS=mm", "run_tests",
                            "HARNESS=" + version)
                said = LAST.findall(done.stdout)
                self.assertEqual([found[0] for found in said], [expected()], done.stdout)

    def test_top_goal_hands_arguments_and_failure_on(self):
        done = make("run_tests", "KDIR=/nonexistent")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("KDIR=/nonexistent", done.stdout)


if __name__ == "__main__":
    unittest.main()
