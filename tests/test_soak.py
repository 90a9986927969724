# SPDX-License-Identifier: GPL-2.0
"""The soak, on programs whose verdicts are known."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUN = os.path.join(TOP, "soak", "run")
LAST = re.compile(r"hugezero-wp soak: (\d+) of (\d+) rounds( under load)?, (\d+) flaky or failed$")

STEADY = """echo 1..2; echo 'ok 1 a.b'; echo 'ok 2 a.c # SKIP needs two nodes'"""
FAILS = """echo 1..1; echo 'not ok 1 a.b'; exit 1"""
CRASHES = """echo 1..1; kill -SEGV $$"""
# In its third round it says something else.
FLAKY = """echo x >>count; echo 1..2; echo 'ok 1 a.b'
if [ $(wc -l <count) = 3 ]; then echo '# three'; echo 'not ok 2 a.c'; exit 1; fi
echo 'ok 2 a.c'"""
SKIPS_ONCE = """echo x >>count; echo 1..2; echo 'ok 1 a.b'
[ $(wc -l <count) = 2 ] && echo 'ok 2 a.c # SKIP no memory' || echo 'ok 2 a.c'"""
KNOWN_ONCE = """echo x >>count; echo 1..2; echo 'ok 1 a.b'
[ $(wc -l <count) = 2 ] && echo 'ok 2 a.c # XFAIL known kernel bug: %s' || echo 'ok 2 a.c'"""

# The soak's own child of that name, and its children.
HOGS = """
below() {
	for stat in /proc/[0-9]*/stat; do
		read -r pid name _ parent _ <$stat || continue
		[ "$name" != '(hog)' ] || [ "$parent" != "$1" ] || echo "$pid"
	done 2>/dev/null
}
for hog in $(below $PPID); do echo $hog; below $hog; done >hogs"""


class Soak(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.out = folder.name, os.path.join(folder.name, "out")

    def program(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + text + "\n")
        os.chmod(path, 0o755)

    def command(self, *arguments):
        return [RUN, "--programs", self.folder, "--out", self.out, *arguments]

    def soak(self, *arguments):
        done = subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        found = LAST.search(done.stdout.rstrip())
        return done, found.groups() if found else None

    def logs(self):
        return sorted(name for name in os.listdir(self.out) if name.endswith(".log"))

    def model(self):
        with open(os.path.join(self.out, "soak.json")) as file:
            return json.load(file)

    def test_steady_program_is_no_flake(self):
        self.program("steady", STEADY)
        done, last = self.soak("--runs", "4", "steady")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(last, ("4", "4", None, "0"))
        self.assertEqual(self.logs(), [])
        tests = self.model()["programs"][0]["tests"]
        self.assertEqual(tests["a.b"], {"PASS": 4})
        self.assertEqual(tests["a.c"], {"SKIP": 4})

    def test_program_that_always_fails_is_told(self):
        self.program("fails", FAILS)
        done, last = self.soak("--runs", "2", "fails")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("! fails a.b: FAIL 2", done.stdout)
        self.assertIn("fails.a.b.FAIL.log", self.logs())

    def test_flake_is_counted_and_its_log_kept(self):
        self.program("flaky", FLAKY)
        done, last = self.soak("--runs", "5", "flaky")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("! flaky a.c: FAIL 1, PASS 4", done.stdout)
        with open(os.path.join(self.out, "flaky.a.c.FAIL.log")) as log:
            self.assertIn("# three", log.read())

    def test_skip_now_and_then_is_a_flake(self):
        self.program("skips", SKIPS_ONCE)
        done, last = self.soak("--runs", "3", "skips")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("! skips a.c: PASS 2, SKIP 1", done.stdout)
        self.assertEqual(self.logs(), ["skips.a.c.SKIP.log"])

    def test_skips_alone_are_no_success(self):
        self.program("lacks", 'echo "1..0 # SKIP needs zero pages"; exit 4')
        done, last = self.soak("--runs", "2", "lacks")
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn("nothing was tested: needs zero pages", done.stdout)
        self.assertEqual(last, ("2", "2", None, "0"))

    def test_known_bug_now_and_then_is_no_flake(self):
        self.program("races", KNOWN_ONCE %
                     "a write fault hides the range from UFFDIO_WRITEPROTECT")
        done, last = self.soak("--runs", "3", "races")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(last, ("3", "3", None, "0"))
        self.assertIn("~ races a.c: known kernel bug, PASS 2, XFAIL 1", done.stdout)
        self.assertEqual(self.logs(), ["races.a.c.XFAIL.log"])

    def test_bug_that_is_no_race_is_a_flake_now_and_then(self):
        self.program("flips", KNOWN_ONCE % "splitting the huge zero PMD loses soft-dirty")
        done, last = self.soak("--runs", "3", "flips")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("! flips a.c: PASS 2, XFAIL 1", done.stdout)

    def test_crash_is_told(self):
        self.program("crashes", CRASHES)
        done, last = self.soak("--runs", "1", "crashes")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("! crashes (program): ERROR 1", done.stdout)

    def test_earlier_logs_do_not_stay(self):
        self.program("fails", FAILS)
        self.soak("--runs", "1", "fails")
        self.program("steady", STEADY)
        self.soak("--runs", "1", "steady")
        self.assertEqual(self.logs(), [])

    def test_missing_program_is_no_verdict(self):
        done, last = self.soak("--runs", "1", "absent")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("absent", done.stdout)

    def test_stopped_soak_tells_what_it_saw(self):
        self.program("steady", STEADY + "; sleep 0.05")
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(number):
                self.stop_by(number)

    def stop_by(self, number):
        seen = os.path.join(self.out, "soak.json")
        if os.path.exists(seen):
            os.unlink(seen)
        # A shell starts what is in its background with SIGINT ignored, and that is inherited.
        child = subprocess.Popen(self.command("--runs", "100000", "steady"),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        while not os.path.exists(seen):
            self.assertIsNone(child.poll())
            time.sleep(0.02)
        child.send_signal(number)
        said = child.communicate(timeout=30)[0]
        self.assertEqual(child.returncode, 3)
        self.assertTrue(LAST.search(said.rstrip()), said)

    def test_load_ends_with_the_soak(self):
        self.program("steady", STEADY + HOGS)
        done, last = self.soak("--runs", "1", "--load", "steady")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(last[2], " under load")
        with open(os.path.join(self.folder, "hogs")) as file:
            hogs = [int(number) for number in file.read().split()]
        self.assertTrue(hogs)
        end = time.monotonic() + 10
        while any(os.path.exists(f"/proc/{pid}") for pid in hogs):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
