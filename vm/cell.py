# SPDX-License-Identifier: GPL-2.0
"""One cell: (kernel, architecture, suite) -> result."""

import argparse
import os
import re
import shlex
import signal
import sys
import time

import accel
import arch as machines
import cache
import guest
import image
import initramfs
import kernel
import kunit
import needs
import output
import programs
import qemu
import result
import summary
from problem import Missing, Problem

TAIL = 15
NOBODY = 65534
SILENCE = 180   # seconds without a word are a hang: a test has 120
# Printed for the reader, who wants to know why before how: first match wins.
CAUSES = [(re.compile(rb'Kernel panic - not syncing.*'), 'the kernel panicked'),
          (guest.CRASH, 'the kernel crashed'),
          (re.compile(rb'(?<!cgroup )[Oo]ut of memory:.*'), 'the guest is out of memory')]
GLOBAL_OOM = re.compile(rb'^(?:\[[ \d.]+\](?:\[[ \w]+\])? )?Out of memory: Killed process.*', re.M)


def whole(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError('must be 1 or more')
    return number


def arguments(description, words=None):
    parser = argparse.ArgumentParser(
        prog='vm/run', description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--kernel', required=True, metavar='KERNEL', help='an image, a kernel '
                        'build tree, debian:VERSION[:FLAVOUR] for the newest that matches, or '
                        'built:[VERSION][:VARIANT] for one with all options, built here')
    parser.add_argument('--arch', default=machines.host(), metavar='ARCH',
                        help='one of ' + ' '.join(machines.TABLE) + ' (default: this one)')
    parser.add_argument('--append', action='append', default=[], metavar='ARGS',
                        help='more words for the kernel command line')
    parser.add_argument('--memory', default='1G', metavar='SIZE')
    parser.add_argument('--cpu', default='', metavar='MODEL',
                        help='processor, in words of the emulator (default: a quick one)')
    parser.add_argument('--smp', type=whole, default=2, metavar='N')
    parser.add_argument('--nodes', type=whole, default=1, metavar='N', help='NUMA nodes')
    parser.add_argument('--swap', default='', metavar='SIZE',
                        help='give the guest swap on a zram (default: none)')
    parser.add_argument('--disk', action='store_true', help='let the programs make their files '
                        'on an ext2 of a RAM disk (default: in memory)')
    parser.add_argument('--user', action='store_true', help='run the programs as nobody '
                        '(default: as root)')
    parser.add_argument('--timeout', type=float, default=1200, metavar='SECONDS',
                        help='for the whole guest (default: 1200)')
    parser.add_argument('--accel', choices=['auto', 'tcg', 'tcg-multi', 'kvm'],
                        default='auto', help='auto takes KVM when a trial boot proved that it '
                        'works; tcg-multi emulates each processor in a thread')
    parser.add_argument('--cgroup', choices=['2', '1', 'none'], default='2',
                        help='which control groups the guest mounts')
    parser.add_argument('--one-port', action='store_true', help='send the results over the '
                        'console even where there is a second port')
    parser.add_argument('-t', action='append', default=[], dest='tests',
                        metavar='PROGRAM[:TEST]', help='run this only (may be repeated)')
    parser.add_argument('--programs', metavar='DIR', help='take the static programs from there '
                        'instead of building them')
    parser.add_argument('--program', action='append', default=[], metavar='FILE',
                        help='run this static program instead of the suite (may be repeated)')
    parser.add_argument('--out', metavar='DIR',
                        help='write output.ktap, kernel.log and result.json there')
    options = parser.parse_args(words)
    options.arch = machines.canonical(options.arch)
    if options.arch not in machines.TABLE:
        parser.error(f'unknown architecture {options.arch}: one of {" ".join(machines.TABLE)}')
    if options.timeout <= 0:
        parser.error('--timeout must be more than 0')
    return options



def tail(console):
    lines = [line for line in console.decode('utf-8', 'replace').splitlines() if line.strip()]
    return lines[-TAIL:]


def cause(console):
    for pattern, words in CAUSES:
        found = pattern.search(console)
        if found:
            return f'{words}: {found.group(0).decode("utf-8", "replace").strip()}'
    return ''


def complaints(ended, said, listener, limit):
    """Why there is no verdict: [] if the guest came to its end."""
    killed = GLOBAL_OOM.search(bytes(listener.kernel_log or listener.console))
    if listener.broken:
        return [f'the guest gave up: {listener.broken}']
    if ended == 'done' and killed:
        return ['the guest ran out of memory: ' + killed.group(0).decode('utf-8', 'replace')]
    if ended == 'done':
        return [f'{run.name}: {run.complaint}' for run in listener.runs if run.complaint]
    where = f'in {listener.running.name}' if listener.running else \
        'between programs' if listener.hello else 'before the suite began'
    what = {'timeout': f'no end after {limit:g} s',
            'silence': 'not a word any more'}.get(ended, 'the guest ended')
    why = cause(bytes(listener.console))
    if not why and not listener.hello and not listener.console.strip():
        why = 'the kernel printed nothing: it did not boot'
    lines = [f'{what} {where}' + (f': {why}' if why else '')]
    if said:
        lines.append('the emulator says: ' + said)
    last = ['  ' + line for line in tail(listener.console)]
    return lines + (['the last lines of the console:'] + last if last else [])


def judge(listener, names, wrong, parser, seconds):
    """The model of the whole guest. Without an end there is no verdict, whatever was printed."""
    begun = {run.name: run for run in listener.runs}
    models = [result.program(name, bytes(begun[name].output), begun[name].exit, parser,
                             begun[name].complaint)
              for name in names if name in begun]
    model = result.model(models, wrong, seconds=round(seconds, 3), repeat=repeat())
    if wrong:
        model.update(verdict='ERROR', number=result.NUMBERS['ERROR'])
    if listener.hello and not model['kernel']:
        # no program lived to say it
        hello = listener.hello
        model.update(kernel=hello['kernel'], arch=hello['machine'],
                     page_size=int(hello['page']), pmd_size=int(hello['pmd']))
    return model


def repeat():
    return ' '.join(['vm/run', *map(shlex.quote, sys.argv[1:])])


def orders(options, arch, nonce, accelerator, chosen):
    """What init is told, in its order."""
    swap = qemu.megabytes(options.swap) << 20 if options.swap else 0
    lines = [['nonce', nonce], ['port', arch['port']], ['cgroup', options.cgroup],
             ['swap', str(swap)], ['user', str(NOBODY if options.user else 0)],
             ['env', 'PATH', '/suite'], ['env', 'HOME', '/'], ['env', 'TERM', 'dumb']]
    if accelerator != 'kvm':
        lines.append(['env', 'KSFT_MACHINE_SLOW', 'yes'])
    return lines + [['start', 'now']] + [['run', name, *words] for name, _, words in chosen]


def write(folder, name, data):
    with cache.replacing(os.path.join(folder, name)) as new, open(new, 'wb') as out:
        out.write(data)


def run(options):
    """Boots the cell and writes what came out of it; returns the model."""
    begin = time.monotonic()
    arch = dict(machines.TABLE[options.arch])
    if options.one_port:
        arch['port'] = '-'
    is_host = options.arch == machines.host()
    needs.check(options.arch)
    path = kernel.resolve(options.kernel, arch)
    image.check(path, options.arch)
    for size in filter(None, [options.memory, options.swap]):
        qemu.megabytes(size)
    chosen = programs.choose(options.tests, options.programs, options.program, options.arch)
    init = initramfs.build_init(options.arch)
    parser = kunit.Parser()
    choice = accel.Choice(options.accel, is_host, arch, path, options, init)

    nonce = os.urandom(16).hex()
    archive = initramfs.build(init, orders(options, arch, nonce, choice.name, chosen),
                              {name: file for name, file, _ in chosen}, options.disk)
    shown = output.Output(len(chosen))
    listener = guest.Listener(nonce, shown)
    booted = time.monotonic()
    ended, said = qemu.run(arch, path, options, choice.name, archive, listener, options.timeout,
                           SILENCE)
    if listener.hello:
        choice.booted()
    wrong = complaints(ended, said, listener, options.timeout)
    model = judge(listener, [name for name, _, _ in chosen], wrong, parser,
                  time.monotonic() - booted)
    model['guest'] = {'image': path, 'asked': options.kernel, 'accel': choice.name,
                      'append': options.append, 'memory': options.memory, 'cpu': options.cpu,
                      'smp': options.smp, 'nodes': options.nodes, 'cgroup': options.cgroup,
                      'swap': options.swap, 'disk': options.disk, 'user': options.user,
                      'seconds_before_boot': round(booted - begin, 3),
                      'seconds_to_boot': listener.met and round(listener.met - booted, 3),
                      'hello': listener.hello}
    if options.out:
        write(options.out, 'output.ktap', bytes(shown.kept))
        write(options.out, 'kernel.log', bytes(listener.kernel_log or listener.console))
    return model


def stopped(number, _frame):
    raise SystemExit(128 + number)


def main(description):
    options = arguments(description)
    # An exception ends the guest on its way out; it would not for these by default.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    try:
        if options.out:
            os.makedirs(options.out, exist_ok=True)
            # A run that is stopped must not leave an earlier one's verdict.
            for name in ('output.ktap', 'kernel.log', 'result.json'):
                if os.path.exists(os.path.join(options.out, name)):
                    os.unlink(os.path.join(options.out, name))
        model = run(options)
    except (Problem, kunit.NoParser) as why:
        model = result.model([], [str(why)], repeat=repeat())
        if isinstance(why, Missing):
            model['missing'] = str(why)
    except OSError as why:
        model = result.model([], [f'{why.filename or "this machine"}: {why.strerror or why}'],
                             repeat=repeat())
    try:
        if options.out and os.path.isdir(options.out):
            result.write_json(model, os.path.join(options.out, 'result.json'))
    except OSError as why:
        model = result.model([], [f'cannot write {options.out}/result.json: {why.strerror}'])
    try:
        summary.show(model, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return model['number']
