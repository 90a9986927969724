# SPDX-License-Identifier: GPL-2.0
"""setup/install: touches nothing when nothing is missing, else installs or names it."""

import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

PACKAGES = """\
# a comment
run	must	command	needed-tool	needed
run	wish	command	nice-tool	nice
check	must	command	other-tool	other
there	must	command	sh		dash
there	must	header	stddef.h	gcc
there	must	python	unittest	python3
there	must	static	gcc		libc6-dev
odd	must	static	no-such-gcc	libnosuch-cross
odd	must	python	no_such_mod	python3-nosuch
odd	must	header	no/such.h	libnosuch-dev
"""

# Writes down how it was called, and "installs" what the folder named for its
# state lets it: nothing before an update when there is a file "stale".
APT_GET = """#!/bin/sh
echo "$*" >>{folder}/called
for word; do last=$word; done
[ "$last" != update ] || {{ rm -f {folder}/stale; exit 0; }}
[ ! -e {folder}/stale ] || {{ echo "E: no such package"; exit 100; }}
for word; do
	[ ! -e {folder}/gone-$word ] || {{ echo "E: $word is gone"; exit 100; }}
done
for word; do
	case $word in needed | nice | other)
		printf '#!/bin/sh\\n' >{folder}/bin/$word-tool; chmod +x {folder}/bin/$word-tool ;;
	esac
done
"""


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(os.path.join(self.folder, "bin"))
        shutil.copy(os.path.join(TOP, "setup/install"), self.folder)
        self.write("packages", PACKAGES)
        self.write("bin/apt-get", APT_GET.format(folder=self.folder))
        self.user(0)

    def write(self, name, text=""):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def user(self, number):
        self.write("bin/id", f"#!/bin/sh\necho {number}\n")

    def have(self, *tools):
        for tool in tools:
            self.write(f"bin/{tool}-tool", "#!/bin/sh\n")

    def install(self, *goals):
        path = os.path.join(self.folder, "bin") + ":" + os.environ["PATH"]
        return subprocess.run([os.path.join(self.folder, "install"), *goals],
                              env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def called(self):
        try:
            with open(os.path.join(self.folder, "called")) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def test_nothing_missing_is_silent_and_installs_nothing(self):
        self.have("needed", "nice")
        done = self.install("run", "there")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.called(), "")

    def test_root_gets_what_is_missing_and_no_more(self):
        self.have("nice")
        done = self.install("run")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("installing needed", done.stderr)
        self.assertIn(" needed\n", self.called())
        self.assertNotIn("nice", self.called())
        self.assertNotIn("other", self.called())

    def test_updates_the_lists_only_when_they_do_not_do(self):
        self.write("stale")
        done = self.install("run", "check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.called().count("update\n"), 1)

    def test_wish_that_cannot_be_had_does_not_block_the_rest(self):
        self.write("gone-nice")
        done = self.install("run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("E: nice is gone", done.stderr)
        self.assertIn("will be skipped: nice", done.stderr)

    def test_package_that_cannot_be_had_is_an_error(self):
        self.write("gone-needed")
        done = self.install("run")
        self.assertEqual(done.returncode, 1)
        self.assertIn("E: needed is gone", done.stderr)
        self.assertIn("missing: needed", done.stderr)

    def test_user_is_told_what_to_install(self):
        self.user(1000)
        done = self.install("run")
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get install needed nice", done.stderr)
        self.assertEqual(self.called(), "")

    def test_user_without_a_wish_is_told_and_goes_on(self):
        self.user(1000)
        self.have("needed")
        done = self.install("run")
        self.assertEqual(done.returncode, 0)
        self.assertIn("will be skipped: nice", done.stderr)

    def test_looks_for_headers_and_modules(self):
        self.user(1000)
        done = self.install("odd")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing: libnosuch-cross libnosuch-dev python3-nosuch", done.stderr)

    def test_unknown_goal_is_an_error(self):
        done = self.install("nosuch")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such goal: nosuch", done.stderr)


if __name__ == "__main__":
    unittest.main()
