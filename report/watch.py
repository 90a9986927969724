#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the kernel's run_tests, shows what it prints as it comes, and judges it."""

import argparse
import os
import selectors
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import kunit    # noqa: E402
import result   # noqa: E402
import summary  # noqa: E402


class Terminal:
    """Standard output, which may go away: the verdict must not go with it."""

    def __init__(self):
        self.open = True

    def write(self, data):
        if not self.open:
            return
        try:
            while data:
                data = data[os.write(1, data):]
        except BrokenPipeError:
            self.open = False
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def pump(child, log):
    """Copies what the child prints until it has ended.

    Something left behind by a test may keep the pipe open: the end of the
    child counts, not the end of the pipe."""
    terminal = Terminal()
    printed = bytearray()
    pipe = child.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            ended = child.poll() is not None
            if selector.select(0.1):
                data = os.read(pipe, 65536)
                if not data:
                    break
                printed += data
                log.write(data)
                log.flush()
                terminal.write(data)
            elif ended:
                break
    return bytes(printed)


def run(command, log_path):
    """What the command printed, and how it ended."""
    with open(log_path, 'wb') as log:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE) as child:
            def stop(number, _frame):
                child.send_signal(number)
                child.wait()
                print(f'hugezero-wp: stopped by signal {number}, no verdict', file=sys.stderr)
                os._exit(128 + number)

            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, stop)
            printed = pump(child, log)
            return printed, child.wait()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--kunit', required=True, metavar='DIR')
    parser.add_argument('--log', required=True, metavar='FILE', help='keep what was printed')
    parser.add_argument('--json', metavar='OUT')
    parser.add_argument('--harness', default='')
    parser.add_argument('--repeat', default='')
    parser.add_argument('command', nargs='+')
    return parser.parse_args()


def main():
    options = arguments()
    try:
        parser = kunit.Parser(options.kunit)
    except kunit.NoParser as why:
        return finish(result.model([], [str(why)]), options)
    begin = time.monotonic()
    try:
        printed, status = run(options.command, options.log)
    except OSError as why:
        return finish(result.model([], [f'cannot run the tests: {why}']), options)
    errors = [f'the kernel\'s Makefile failed with status {status}'] if status else []
    return finish(result.from_runner(printed, parser, errors, harness=options.harness,
                                     repeat=options.repeat,
                                     seconds=round(time.monotonic() - begin, 3)), options)


def finish(judged, options):
    if options.json:
        try:
            result.write_json(judged, options.json)
        except OSError as why:
            judged = result.model([], [f'cannot write {options.json}: {why.strerror}'])
    try:
        summary.show(judged, sys.stdout)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return judged['number']


if __name__ == '__main__':
    sys.exit(main())
