# SPDX-License-Identifier: GPL-2.0
"""Whether KVM works here. That /dev/kvm can be opened proves nothing: a guest has to boot."""

import hashlib
import os
import shutil

import cache
import guest
import initramfs
import qemu

TRIAL_SECONDS = 10


def proof_of(arch):
    """Where the answer is kept. A reboot of this machine asks again."""
    with open('/proc/sys/kernel/random/boot_id', encoding='ascii') as boot:
        parts = [boot.read(), str(os.getuid())]
    for path in (shutil.which(arch['qemu']), '/dev/kvm'):
        about = os.stat(path)
        parts.append(f'{path} {about.st_mtime_ns} {about.st_size} {about.st_mode}')
    return os.path.join(cache.folder('kvm'),
                        hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:16])


def boots(arch, kernel, options, init):
    nonce = os.urandom(16).hex()
    listener = guest.Listener(nonce)
    archive = initramfs.build(init, [['nonce', nonce], ['port', arch['port']],
                                     ['start', 'now']], {})
    ended, _ = qemu.run(arch, kernel, options, 'kvm', archive, listener, TRIAL_SECONDS)
    return ended == 'done'


def remember(proof, answer):
    with cache.replacing(proof) as new, open(new, 'w', encoding='ascii') as out:
        out.write(answer)


class Choice:
    """What to run a guest with."""

    def __init__(self, wanted, is_host, arch, kernel, options, init):
        self.name = wanted if wanted != 'auto' else 'tcg'
        self.untold = None
        if wanted != 'auto' or not is_host or not shutil.which(arch['qemu']) or \
                not os.access('/dev/kvm', os.R_OK | os.W_OK):
            return
        proof = proof_of(arch)
        with cache.locked(proof + '.lock'):
            try:
                with open(proof, encoding='ascii') as answer:
                    self.name = answer.read()
            except FileNotFoundError:
                if boots(arch, kernel, options, init):
                    self.name = 'kvm'
                    remember(proof, 'kvm')
                else:
                    self.untold = proof

    def booted(self):
        """The kernel is all right: what failed at the trial was KVM."""
        if self.untold:
            remember(self.untold, 'tcg')
