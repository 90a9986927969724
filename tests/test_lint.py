# SPDX-License-Identifier: GPL-2.0
"""The sources are clean, and the tools that say so notice when they are not."""

import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MM = "tools/testing/selftests/mm"

# One thing that each step must object to: a file, and the word of complaint.
DIRT = {
    "checkpatch": (MM + "/dirt.c", "// SPDX-License-Identifier: GPL-2.0\nint x; \n",
                   "TRAILING_WHITESPACE"),
    "shellcheck": ("dirt", "#!/bin/sh\ncd $1\n", "SC2086"),
    "pyflakes": ("dirt.py", "import os\n", "imported but unused"),
    "spdx": ("dirt", "nobody's\n", "no SPDX"),
    "gcc": (MM + "/dirt.c", "int f(unsigned int x)\n{\n\treturn x < -1;\n}\n", "sign-compare"),
    "cppcheck": (MM + "/dirt.c", "int f(void)\n{\n\tint a[2];\n\n\treturn a[2];\n}\n",
                 "arrayIndexOutOfBounds"),
}


def lint(step, top):
    done = subprocess.run([os.path.join(top, "tests/lint"), step], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 4:
        raise unittest.SkipTest(done.stdout.strip())
    return done


class Lint(unittest.TestCase):
    maxDiff = None

    def clean(self, step):
        done = lint(step, TOP)
        self.assertEqual(done.returncode, 0, done.stdout)

    def notices(self, step):
        name, dirt, complaint = DIRT[step]
        with tempfile.TemporaryDirectory() as top:
            for part in "tests/lint", "harness", ".checkpatch.conf", MM + "/check_config.sh":
                into = os.path.join(top, part)
                os.makedirs(os.path.dirname(into), exist_ok=True)
                if os.path.isdir(os.path.join(TOP, part)):
                    shutil.copytree(os.path.join(TOP, part), into)
                else:
                    shutil.copy(os.path.join(TOP, part), into)
            with open(os.path.join(top, name), "w") as file:
                file.write(dirt)
            done = lint(step, top)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(complaint, done.stdout)


def add(prefix, check):
    for step in DIRT:
        def test(self, step=step):
            check(self, step)
        setattr(Lint, f"test_{step}_{prefix}", test)


add("is_clean", Lint.clean)
add("notices_dirt", Lint.notices)

if __name__ == "__main__":
    unittest.main()
