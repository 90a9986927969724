# SPDX-License-Identifier: GPL-2.0
"""harness/deb against small signed archives of our own, on this machine and without network."""

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEB = os.path.join(TOP, 'harness', 'deb')


def run(*words, **options):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **options)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as out:
        out.write(data if isinstance(data, bytes) else data.encode())


class Archive:
    """A Debian archive in a folder, signed by a key made for it."""

    def __init__(self, folder):
        self.folder = folder
        self.root = os.path.join(folder, 'debian')
        self.key = os.path.join(folder, 'key.gpg')
        self.home = os.path.join(folder, 'gnupg')
        os.makedirs(self.home, mode=0o700)
        self.gpg('--passphrase', '', '--quick-gen-key', 'hugezero test', 'rsa2048', 'sign', 'never')
        write(self.key, subprocess.run(['gpg', '--homedir', self.home, '--export'],
                                       stdout=subprocess.PIPE, check=True).stdout)

    def gpg(self, *words):
        done = run('gpg', '--homedir', self.home, '--batch', '--yes', '--pinentry-mode',
                   'loopback', *words)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def close(self):
        run('gpgconf', '--homedir', self.home, '--kill', 'all')

    def package(self, name, version):
        """A .deb in the pool; returns its entry for a list."""
        tree = os.path.join(self.folder, 'tree')
        shutil.rmtree(tree, ignore_errors=True)
        control = (f'Package: {name}\nVersion: {version}\nArchitecture: amd64\n'
                   'Maintainer: nobody <nobody@localhost>\nDescription: a test\n')
        write(os.path.join(tree, 'DEBIAN', 'control'), control)
        write(os.path.join(tree, 'content'), f'{name} {version}\n')
        place = f'pool/{name}_{version.replace(":", "%3a")}_amd64.deb'
        path = os.path.join(self.root, place)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(['dpkg-deb', '--root-owner-group', '-Znone', '-b', tree, path],
                       stdout=subprocess.DEVNULL, check=True)
        with open(path, 'rb') as deb:
            data = deb.read()
        return (control + f'Filename: {place}\nSize: {len(data)}\n'
                f'SHA256: {hashlib.sha256(data).hexdigest()}\n\n')

    def suite(self, name, *packages):
        """Publishes (or publishes again) a suite with these (name, version)."""
        folder = os.path.join(self.root, 'dists', name)
        shutil.rmtree(folder, ignore_errors=True)
        listing = ''.join(self.package(*p) for p in packages).encode()
        release = f'Origin: Debian\nSuite: {name}\nCodename: {name}\nArchitectures: amd64\n' \
                  'Components: main\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n'
        for file, data in (('main/binary-amd64/Packages', listing),
                           ('main/binary-amd64/Packages.gz', gzip.compress(listing, mtime=0))):
            write(os.path.join(folder, file), data)
            release += f' {hashlib.sha256(data).hexdigest()} {len(data)} {file}\n'
        write(os.path.join(folder, 'Release'), release)
        self.gpg('--clearsign', '-o', os.path.join(folder, 'InRelease'),
                 os.path.join(folder, 'Release'))


class Deb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for tool in ('apt-get', 'gpg', 'gpg-agent', 'dpkg-deb'):
            if not shutil.which(tool):
                raise unittest.SkipTest(f'{tool} is missing')
        cls.keep = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.keep.cleanup)
        cls.signer = Archive(os.path.join(cls.keep.name, 'a'))
        cls.addClassCleanup(cls.signer.close)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = os.path.join(folder.name, 'cache')
        self.archive = self.signer
        self.archive.root = os.path.join(folder.name, 'debian')
        self.mirror = 'file://' + self.archive.root
        self.suites = 'bookworm sid'

    def deb(self, *words, mirror=None, key=None):
        environment = dict(os.environ, XDG_CACHE_HOME=self.cache, HUGEZERO_SUITES=self.suites,
                           HUGEZERO_MIRROR=mirror or self.mirror,
                           HUGEZERO_KEYRING=key or self.archive.key)
        return run(DEB, '--arch', 'amd64', *words, env=environment)

    def found(self, *words):
        done = self.deb(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def debs(self):
        return [name for _, _, names in os.walk(self.cache) for name in names
                if name.endswith('.deb')]

    def test_newest_is_debians_newest(self):
        self.archive.suite('bookworm', ('image-6.9', '6.9.1-1'), ('image-6.10', '6.10.2-1~bpo1'))
        self.archive.suite('sid', ('image-6.10', '6.10.2-1'), ('image-6.10', '6.10.2~rc3-1'),
                           ('image-old', '1:2.0-1'), ('image-6.10-dbg', '9-1'))
        self.assertEqual([line.split()[1] for line in self.found('--list', 'image-.*').split('\n')],
                         ['1:2.0-1', '6.10.2-1', '6.10.2-1~bpo1', '6.10.2~rc3-1', '6.9.1-1'])
        self.assertEqual(os.path.basename(self.found(r'image-6\.[0-9]+')),
                         'image-6.10_6.10.2-1_amd64.deb')
        self.assertEqual(os.path.basename(self.found('image-.*')), 'image-old_1%3a2.0-1_amd64.deb')

    def test_debug_symbols_only_when_alone(self):
        self.archive.suite('bookworm', ('image-a', '1-1'), ('image-a-dbg', '2-1'))
        self.archive.suite('sid', ('image-unsigned-a', '3-1'))
        self.assertEqual(self.found('--list', 'image-.*'), 'image-a 1-1 amd64')
        self.assertEqual(self.found('--list', 'image-.*-dbg'), 'image-a-dbg 2-1 amd64')

    def test_first_pattern_wins_a_tie_and_only_a_tie(self):
        self.archive.suite('bookworm', ('image-a', '1-1'), ('binary-a', '1-1'))
        self.archive.suite('sid', ('image-b', '2-1'))
        self.assertIn('binary-a_1-1', self.found('binary-a', 'image-a'))
        self.assertIn('image-a_1-1', self.found('image-a', 'binary-a'))
        self.assertIn('image-b_2-1', self.found('binary-.*', 'image-.*'))

    def test_name_must_match_as_a_whole(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        self.assertEqual(self.deb('image').returncode, 1)
        self.assertEqual(self.deb('image-a 1-1').returncode, 1)
        self.assertEqual(self.deb('image-(').returncode, 2)
        self.assertEqual(self.deb().returncode, 2)

    def test_unreachable_archive_then_a_clean_second_try(self):
        done = self.deb('image-.*')
        self.assertEqual(done.returncode, 3)
        self.assertIn('cannot reach the Debian archive', done.stderr)
        self.assertEqual((done.stdout, self.debs()), ('', []))
        self.archive.suite('bookworm', ('image-a', '1-1'))
        self.assertIn('image-a_1-1', self.found('image-.*'))

    def test_missing_suite_is_a_warning(self):
        self.archive.suite('sid', ('image-a', '1-1'))
        done = self.deb('image-.*')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('no list of bookworm', done.stderr)
        self.assertNotIn('bookworm', self.deb('image-.*').stderr)

    def test_offline_works_from_the_cache_and_says_so(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        path = self.found('image-.*')
        shutil.rmtree(self.archive.root)
        self.assertEqual(self.found('image-.*'), path)
        done = self.deb('--refresh', 'image-.*')
        self.assertEqual((done.returncode, done.stdout.strip()), (0, path))
        self.assertIn('using the cached one', done.stderr)

    def test_package_gone_from_the_archive(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        self.found('--list', 'image-.*')
        shutil.rmtree(self.archive.root)
        self.archive.suite('bookworm', ('image-a', '2-1'))
        self.assertIn('image-a_2-1', self.found('image-.*'))

    def test_damaged_copy_is_fetched_again(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        path = self.found('image-.*')
        with open(path, 'rb') as deb:
            whole = deb.read()
        write(path, whole[:len(whole) // 2])
        self.assertEqual(self.found('image-.*'), path)
        with open(path, 'rb') as deb:
            self.assertEqual(deb.read(), whole)

    def test_altered_package_is_refused(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        place = os.path.join(self.archive.root, 'pool', 'image-a_1-1_amd64.deb')
        with open(place, 'r+b') as deb:
            deb.seek(-1, os.SEEK_END)
            deb.write(b'!')
        self.assertEqual(self.deb('image-.*').returncode, 3)
        self.assertEqual(self.debs(), [])

    def test_archive_signed_by_nobody_known_is_refused(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        other = os.path.join(self.keep.name, 'empty.gpg')
        write(other, b'')
        self.assertEqual(self.deb('image-.*', key=other).returncode, 3)
        done = self.deb('image-.*', key='/nonexistent.gpg')
        self.assertEqual(done.returncode, 3)
        self.assertIn('keys missing: /nonexistent.gpg', done.stderr)
        self.assertEqual(self.debs(), [])

    def test_another_mirror_never_answers_from_this_ones_cache(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        self.found('image-.*')
        self.assertEqual(self.deb('image-.*', mirror='file:///nonexistent/debian').returncode, 3)

    def test_four_at_once(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))
        with ThreadPoolExecutor(4) as pool:
            paths = set(pool.map(self.found, ['image-.*'] * 4))
        self.assertEqual(len(paths), 1)
        with open(paths.pop(), 'rb') as deb:
            self.assertTrue(deb.read().startswith(b'!<arch>'))
        self.assertEqual([n for _, dirs, _ in os.walk(self.cache) for n in dirs
                          if n.startswith('work.')], [])

    def test_users_own_apt_is_left_alone(self):
        self.archive.suite('bookworm', ('image-a', '1-1'))

        def state():
            seen = {}
            for top in ('/etc/apt', '/var/lib/apt/lists', '/var/cache/apt'):
                for folder, _, names in os.walk(top):
                    for name in names:
                        about = os.lstat(os.path.join(folder, name))
                        seen[os.path.join(folder, name)] = (about.st_mtime_ns, about.st_size)
            return seen

        before = state()
        self.found('image-.*')
        self.assertEqual(state(), before)

    def test_without_root(self):
        if os.getuid() or not shutil.which('setpriv'):
            self.skipTest('needs root and setpriv to become somebody else')
        self.archive.suite('bookworm', ('image-a', '1-1'))
        for folder, _, _ in [*os.walk(os.path.dirname(self.cache)), *os.walk(self.keep.name)]:
            if 'gnupg' not in folder:
                os.chmod(folder, 0o755)
        os.makedirs(self.cache)
        os.chown(self.cache, 65534, 65534)
        script = os.path.join(os.path.dirname(self.cache), 'deb')
        shutil.copy(DEB, script)
        done = run('setpriv', '--reuid', '65534', '--clear-groups', script, '--arch', 'amd64',
                   'image-.*', env=dict(os.environ, XDG_CACHE_HOME=self.cache,
                                        HUGEZERO_SUITES=self.suites, HOME='/nonexistent',
                                        HUGEZERO_MIRROR=self.mirror,
                                        HUGEZERO_KEYRING=self.archive.key))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('image-a_1-1', done.stdout)


if __name__ == '__main__':
    unittest.main()
