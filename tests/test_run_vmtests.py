# SPDX-License-Identifier: GPL-2.0
"""run_vmtests.sh: what it makes of programs that end in every possible way."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

MM = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                  "tools", "testing", "selftests", "mm")
PROGRAMS = re.findall(r"^\thugezero_wp\t(\w+)$",
                      open(os.path.join(MM, "run_vmtests.sh")).read(), re.M)

# What a program does, and the result line that it earns.
ENDS = {
    "pass": ("exit 0", "ok {n} {name}"),
    "fail": ("exit 1", "not ok {n} {name} # exit=1"),
    "skip": ("exit 4", "ok {n} {name} # SKIP"),
    "xfail": ("exit 2", "not ok {n} {name} # exit=2"),
    "odd": ("exit 77", "not ok {n} {name} # exit=77"),
    "crash": ("kill -SEGV $$", "not ok {n} {name} # exit=139 signal 11 SIGSEGV"),
    "killed": ("kill -KILL $$", "not ok {n} {name} # exit=137 signal 9 SIGKILL"),
    "missing": (None, "not ok {n} {name} # exit=127 the program is missing"),
}

# How the programs end, in order (all others like the last one), and the whole.
WHOLE = [
    ("pass pass", 0),
    ("pass skip", 0),
    ("skip pass", 0),
    ("skip skip", 4),
    ("fail skip", 1),
    ("skip fail", 1),
    ("fail pass", 1),
    ("pass fail", 1),
    ("pass crash", 1),
    ("killed pass", 1),
    ("skip missing", 1),
    ("missing pass", 1),
    ("pass xfail", 1),
    ("odd skip", 1),
]


class RunVmtests(unittest.TestCase):
    def setUp(self):
        self.assertGreaterEqual(len(PROGRAMS), 2)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for script in "run_vmtests.sh", "ksft_hugezero_wp.sh":
            shutil.copy(os.path.join(MM, script), self.folder)

    def program(self, name, body):
        path = os.path.join(self.folder, name)
        if body is None:
            if os.path.exists(path):
                os.unlink(path)
            return
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + body + "\n")
        os.chmod(path, 0o755)

    def programs(self, ends):
        """Makes the programs end like this; returns the lines they earn."""
        ends = ends.split()
        ends += [ends[-1]] * (len(PROGRAMS) - len(ends))
        lines = []
        for n, (name, end) in enumerate(zip(PROGRAMS, ends), 1):
            body, line = ENDS[end]
            self.program(name, body)
            lines.append(line.format(n=n, name=name))
        return lines

    def run_it(self, *args, script="run_vmtests.sh", cwd=None):
        return subprocess.run(
            [os.path.join(self.folder, script), *args], cwd=cwd or self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", timeout=60)

    def test_any_fail_is_a_fail_else_any_pass_is_a_pass_else_it_is_a_skip(self):
        for ends, status in WHOLE:
            with self.subTest(ends):
                lines = self.programs(ends)
                done = self.run_it("-t", "hugezero_wp")
                self.assertEqual(done.returncode, status, done.stdout)
                self.assertEqual(
                    [line for line in done.stdout.splitlines() if not line.startswith("#")],
                    ["TAP version 13", f"1..{len(PROGRAMS)}", *lines])

    def test_ksft_wrapper_keeps_the_status(self):
        for ends, status in ("pass", 0), ("fail pass", 1), ("skip", 4):
            with self.subTest(ends):
                self.programs(ends)
                self.assertEqual(self.run_it(script="ksft_hugezero_wp.sh").returncode, status)

    def test_prefixes_every_line_and_loses_none(self):
        self.programs("pass")
        self.program(PROGRAMS[0], r"echo ' out  '; echo err >&2; printf '\n\377\001%%s\\\nend'")
        lines = self.run_it().stdout.splitlines()
        at = lines.index("# running " + PROGRAMS[0]) + 1
        self.assertEqual(lines[at:at + 6],
                         ["#  out  ", "# err", "# ", "# \ufffd\x01%s\\", "# end",
                          "ok 1 " + PROGRAMS[0]])

    def test_streams_while_the_program_runs(self):
        self.programs("pass")
        go = os.path.join(self.folder, "go")
        self.program(PROGRAMS[0], f"mkfifo {go}; echo early; timeout 20 head -n1 {go} || exit 3; exit 1")
        with subprocess.Popen([os.path.join(self.folder, "run_vmtests.sh")],
                              stdout=subprocess.PIPE, text=True) as run:
            # The program waits for the answer to its first line.
            while run.stdout.readline() not in ("# early\n", ""):
                pass
            answer = os.open(go, os.O_RDWR)
            self.addCleanup(os.close, answer)
            os.write(answer, b"late\n")
            self.assertIn(f"# late\nnot ok 1 {PROGRAMS[0]} # exit=1\n", run.stdout.read())

    def test_n_prints_the_programs_alone(self):
        self.programs("skip fail")
        self.program(PROGRAMS[0], "echo one; exit 4")
        done = self.run_it("-n")
        self.assertEqual((done.stdout, done.returncode), ("one\n", 1))

    def test_missing_program_is_named(self):
        self.programs("pass")
        self.program(PROGRAMS[0], None)
        for option in [], ["-n"]:
            self.assertRegex(self.run_it(*option).stdout, PROGRAMS[0] + " is missing: build it")

    def test_file_that_cannot_be_run_is_a_fail(self):
        self.programs("pass")
        os.chmod(os.path.join(self.folder, PROGRAMS[0]), 0o644)
        done = self.run_it()
        self.assertIn(f"not ok 1 {PROGRAMS[0]} # exit=126\n", done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_default_a_and_d_run_the_category_too(self):
        for options in [], ["-a"], ["-d"], ["-a", "-d", "-t", ""], ["-t", " hugezero_wp  "]:
            with self.subTest(options):
                lines = self.programs("pass")
                done = self.run_it(*options)
                self.assertEqual(done.returncode, 0)
                self.assertIn("\n".join(lines[-1:]), done.stdout)

    def test_runs_from_any_folder(self):
        self.programs("pass")
        self.assertEqual(self.run_it(cwd="/").returncode, 0)

    def test_help_names_every_category(self):
        done = self.run_it("-h")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("hugezero_wp", done.stdout)

    def test_refuses_what_it_does_not_know(self):
        self.programs("pass")
        for args, said in ((["-t", "hugezero_wp nosuch"], "unknown category 'nosuch'"),
                           (["-t", "*"], "unknown category '*'"),
                           (["-t", "hugezero"], "unknown category 'hugezero'"),
                           (["-x"], "usage:"), (["-t"], "usage:"),
                           (["hugezero_wp"], "unexpected argument 'hugezero_wp'")):
            with self.subTest(args):
                done = self.run_it(*args)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
