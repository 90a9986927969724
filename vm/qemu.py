# SPDX-License-Identifier: GPL-2.0
"""Runs one guest to its end. Nothing of it is on disk, and it cannot outlive this process."""

import ctypes
import os
import re
import selectors
import signal
import subprocess
import time

from problem import Problem

PR_SET_PDEATHSIG = 1
CRASHED = 20    # seconds in which a kernel that has crashed may still say something
LIBC = ctypes.CDLL(None, use_errno=True)
SIZES = {'': 1, 'M': 1, 'G': 1024, 'T': 1024 * 1024}


def megabytes(text):
    found = re.fullmatch(r'(\d+)([MGT]?)(i?B)?', text, re.IGNORECASE)
    if not found or not int(found.group(1)):
        raise Problem(f'not a size of memory: {text} (like 256M or 1G)')
    return int(found.group(1)) * SIZES[found.group(2).upper()]


def die_with(parent):
    """For the child: SIGKILL when we are gone, by whatever way."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(127)


def nodes_arguments(memory, cpus, nodes):
    """Memory and processors in equal parts; a node beyond the processors has memory only."""
    words = []
    for node in range(nodes):
        size = memory // nodes + (memory % nodes if node == 0 else 0)
        first, end = node * cpus // nodes, (node + 1) * cpus // nodes
        words += ['-object', f'memory-backend-ram,id=m{node},size={size}M',
                  '-numa', f'node,nodeid={node},memdev=m{node}'
                  + (f',cpus={first}-{end - 1}' if end > first else '')]
    return words


class Guest:
    """One emulator with its ports."""

    def __init__(self, arch, kernel, options, accel):
        self.arch = arch
        self.kernel = kernel
        self.options = options
        self.accel = accel
        self.ports = {}         # read end -> name
        self.child = None
        self.errors = bytearray()

    def command(self, initramfs, ports):
        options, arch = self.options, self.arch
        memory = megabytes(options.memory)
        words = [arch['qemu'], '-nodefaults', '-no-user-config', '-display', 'none',
                 '-monitor', 'none', '-nic', 'none', '-no-reboot', *arch['machine'],
                 *self.accelerator(),
                 '-m', f'{memory}M', '-smp', str(options.smp),
                 '-kernel', self.kernel, '-initrd', f'/proc/self/fd/{initramfs}',
                 '-append', ' '.join([*arch['consoles'], 'panic=-1', *self.quicker(),
                                      *options.append])]
        if options.nodes > 1:
            words += nodes_arguments(memory, options.smp, options.nodes)
        for name, fd in ports:
            words += ['-chardev', f'file,id={name},path=/proc/self/fd/{fd}',
                      '-serial', f'chardev:{name}']
        return words

    def accelerator(self):
        cpu = ['-cpu', self.options.cpu] if self.options.cpu else None
        if self.accel == 'kvm':
            return ['-accel', 'kvm', *(cpu or self.arch['with_kvm'])]
        threads = 'multi' if self.accel == 'tcg-multi' else self.arch['threads']
        return ['-accel', f'tcg,thread={threads}', *(cpu or self.arch['with_tcg'])]

    def quicker(self):
        """An emulated processor has no flaw to hide, and each way of hiding it costs half the time.

        A timer that is set anew wakes the emulator's main loop, which costs more than a
        tick: a fifth of the time of all programs on x86-64 and arm64.
        A later mitigations=auto, nohz=on or highres=on of the user's is heeded.
        """
        return [] if self.accel == 'kvm' else ['mitigations=off', 'nohz=off', 'highres=off']

    def start(self, initramfs):
        archive = os.memfd_create('initramfs', 0)
        ends, errors = [], os.pipe()
        names = ['console'] + (['results'] if self.arch['port'] != '-' else [])
        try:
            with open(archive, 'wb', closefd=False) as out:
                out.write(initramfs)
            for name in names:
                read, write = os.pipe()
                self.ports[read] = name
                ends.append((name, write))
            self.ports[errors[0]] = 'errors'
            parent = os.getpid()
            self.child = subprocess.Popen(
                self.command(archive, ends), stdin=subprocess.DEVNULL, stdout=errors[1],
                stderr=errors[1], pass_fds=[archive, *(fd for _, fd in ends)],
                start_new_session=True, preexec_fn=lambda: die_with(parent))
        finally:
            for fd in [archive, errors[1], *(fd for _, fd in ends)]:
                os.close(fd)

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()
        for fd in self.ports:
            os.close(fd)
        self.ports = {}

    def listen(self, listener, limit, silence):
        """Until the guest is done, its emulator ends, or the time is up; says why it ended.

        silence: so many seconds without a word are a hang. It is one sooner where the kernel has
        crashed.
        """
        deadline = time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            for fd, name in self.ports.items():
                selector.register(fd, selectors.EVENT_READ, name)
            while selector.get_map() and not listener.done:
                left = deadline - time.monotonic()
                if left <= 0:
                    return 'timeout'
                patience = min(left, silence or left, CRASHED if listener.crashed else left)
                heard = selector.select(patience)
                if not heard and patience < left:
                    return 'silence'
                for key, _ in heard:
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fd)
                    elif key.data == 'errors':
                        self.errors += data
                    else:
                        listener.feed(key.data, data)
        return 'done' if listener.done else 'exit'


def run(arch, kernel, options, accel, initramfs, listener, limit, silence=None):
    """Boots a guest; returns how it ended and what the emulator itself had to say."""
    guest = Guest(arch, kernel, options, accel)
    try:
        guest.start(initramfs)
        ended = guest.listen(listener, limit, silence)
        if ended == 'exit':
            guest.child.wait()
        return ended, guest.errors.decode('utf-8', 'replace').strip()
    finally:
        guest.stop()
        listener.finish()
