# SPDX-License-Identifier: GPL-2.0
"""check_config.sh: finds liburing by linking, and says when nothing can be built."""

import os
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                      "tools/testing/selftests/mm/check_config.sh")

# A liburing of the test's own, found before any that the machine may have.
HEADER = """
struct iovec { void *base; unsigned long len; };
struct io_uring { int x; };
struct io_uring_sqe;
struct io_uring_cqe;
int io_uring_queue_init(unsigned int, struct io_uring *, unsigned int);
int io_uring_register_buffers(struct io_uring *, const struct iovec *, unsigned int);
struct io_uring_sqe *io_uring_get_sqe(struct io_uring *);
void io_uring_prep_read_fixed(struct io_uring_sqe *, int, void *, unsigned int,
                              unsigned long long, int);
void io_uring_prep_recv(struct io_uring_sqe *, int, void *, unsigned long, int);
int io_uring_submit(struct io_uring *);
int io_uring_wait_cqe(struct io_uring *, struct io_uring_cqe **);
"""
FUNCTIONS = ["queue_init", "register_buffers", "get_sqe", "prep_read_fixed", "prep_recv",
             "submit", "wait_cqe"]


@unittest.skipUnless(shutil.which("gcc"), "gcc is missing (Debian: gcc)")
class CheckConfig(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = os.path.join(folder.name, "out")
        self.lib = os.path.join(folder.name, "lib")
        os.mkdir(self.out)
        os.mkdir(self.lib)
        # Without the system's headers, liburing.h is the test's own or none.
        self.flags = {"CC": "gcc", "CFLAGS": f"-nostdinc -I{self.lib}",
                      "LDFLAGS": f"-L{self.lib}"}

    def write(self, name, text):
        path = os.path.join(self.lib, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def liburing(self, functions, static=False):
        self.write("liburing.h", HEADER)
        source = self.write("lib.c", "".join(f"int io_uring_{name}(void) {{ return 0; }}\n"
                                             for name in functions))
        path = os.path.join(self.lib, "liburing.")
        if static:
            subprocess.run(["gcc", "-c", source, "-o", path + "o"], check=True)
            subprocess.run(["ar", "rc", path + "a", path + "o"], check=True)
            self.flags["LDFLAGS"] += " -static"
        else:
            subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", path + "so"], check=True)

    def check(self, **flags):
        return subprocess.run([SCRIPT, self.out], env={**os.environ, **self.flags, **flags},
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60)

    def written(self):
        """What was written, by name; the C as the preprocessor leaves it."""
        files = {}
        for name in os.listdir(self.out):
            with open(os.path.join(self.out, name)) as file:
                files[name] = file.read()
        return files

    def assert_found(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.written(), {
            "local_config.h": "#define LOCAL_CONFIG_HAVE_LIBURING 1\n",
            "local_config.mk": "IOURING_EXTRA_LIBS = -luring\n"})

    def assert_not_found(self, done, reason):
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        files = self.written()
        self.assertEqual(files.pop("local_config.mk"), "IOURING_EXTRA_LIBS = \n")
        header = files.pop("local_config.h")
        self.assertRegex(header, r"\A/\* no liburing: .*" + reason + r".* \*/\n\Z")
        self.assertEqual(files, {})

    def test_finds_a_shared_library(self):
        self.liburing(FUNCTIONS)
        self.assert_found(self.check())

    def test_finds_a_static_library(self):
        self.liburing(FUNCTIONS, static=True)
        self.assert_found(self.check())

    def test_says_that_there_is_no_header(self):
        self.assert_not_found(self.check(), r"liburing\.h")

    def test_library_that_lacks_a_function_does_not_do(self):
        self.liburing(FUNCTIONS[:-1])
        self.assert_not_found(self.check(), "io_uring_wait_cqe")

    def test_header_alone_does_not_do(self):
        self.write("liburing.h", HEADER)
        self.write("liburing.so", "INPUT(nosuch.o)\n")
        self.assert_not_found(self.check(), r"nosuch\.o")

    def test_takes_the_place_of_an_older_answer(self):
        self.liburing(FUNCTIONS)
        self.check()
        os.unlink(os.path.join(self.lib, "liburing.h"))
        self.assert_not_found(self.check(), r"liburing\.h")

    def test_broken_compiler_is_an_error_and_keeps_the_older_answer(self):
        self.liburing(FUNCTIONS)
        self.assert_found(self.check())
        for flags in {"CC": "no-such-gcc"}, {"CFLAGS": "-no-such-flag"}, {"LDFLAGS": "-lnosuch"}:
            with self.subTest(flags):
                done = self.check(**flags)
                self.assertEqual(done.returncode, 1)
                self.assertIn("cannot build any program with", done.stderr)
                self.assertRegex(done.stderr, "no-?such")
                self.assertEqual(sorted(self.written()), ["local_config.h", "local_config.mk"])

    def test_folder_that_is_not_there_is_an_error(self):
        os.rmdir(self.out)
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such folder", done.stderr)


if __name__ == "__main__":
    unittest.main()
