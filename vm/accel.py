# SPDX-License-Identifier: GPL-2.0
"""Whether KVM works here. That /dev/kvm can be opened proves nothing: a guest has to boot."""

import hashlib
import os
import shutil

import arch as machines
import cache
import guest
import initramfs
import qemu

TRIAL_SECONDS = 15


def fingerprint(arch, kernel):
    """What the answer depends on; a reboot of this machine asks again."""
    with open('/proc/sys/kernel/random/boot_id', encoding='ascii') as boot:
        parts = [boot.read(), str(os.getuid())]
    for path in (shutil.which(arch['qemu']), '/dev/kvm', kernel):
        about = os.stat(path)
        parts.append(f'{path} {about.st_mtime_ns} {about.st_size} {about.st_mode}')
    return hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:16]


def boots(arch, kernel, options, init):
    nonce = os.urandom(16).hex()
    listener = guest.Listener(nonce)
    archive = initramfs.build(init, [['nonce', nonce], ['port', arch['port']],
                                     ['start', 'now']], {})
    ended, _ = qemu.run(arch, kernel, options, 'kvm', archive, listener, TRIAL_SECONDS)
    return ended == 'done'


def choose(wanted, name, kernel, options, init):
    """'kvm' or 'tcg'."""
    arch = machines.TABLE[name]
    if wanted != 'auto':
        return wanted
    if name != machines.host() or not os.access('/dev/kvm', os.R_OK | os.W_OK) or \
            not shutil.which(arch['qemu']):
        return 'tcg'
    proof = os.path.join(cache.folder('kvm'), fingerprint(arch, kernel))
    with cache.locked(proof + '.lock'):
        if not os.path.exists(proof):
            with cache.replacing(proof) as new, open(new, 'w', encoding='ascii') as out:
                out.write('kvm' if boots(arch, kernel, options, init) else 'tcg')
    with open(proof, encoding='ascii') as answer:
        return answer.read()
