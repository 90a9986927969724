# SPDX-License-Identifier: GPL-2.0
"""What a result is a result of: one key a cell, so that what is still true need not be redone."""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import arch as machines
import cache
import kernel
import kunit
import needs
import result
from problem import Missing, Problem

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
SUITE = os.path.join(TOP, 'tools', 'testing', 'selftests')
PARSERS = ('ktap.py', 'kunit.py', 'result.py')


def tools():
    """What makes a verdict of a program's text; not the list of cells and what walks it."""
    yield from (os.path.join(TOP, 'report', name) for name in PARSERS)
    for name in sorted(os.listdir(HERE)):
        path = os.path.join(HERE, name)
        if os.path.isfile(path) and not name.startswith(('.', 'matrix', 'kernels')):
            yield path


def suite():
    for folder, names, files in os.walk(SUITE):
        names.sort()
        yield from (os.path.join(folder, name) for name in sorted(files))


def digest(paths):
    """Of these files, and of the harness and the parser that they are used with."""
    total = hashlib.sha256()
    for path in paths:
        try:
            total.update(f'{os.path.relpath(path, TOP)} {kernel.checksum(path)}\n'.encode())
        except FileNotFoundError:
            pass    # what an editor had there
    try:
        total.update(kunit.find().encode())
    except kunit.NoParser as why:
        raise Problem(str(why)) from why
    return total.hexdigest()


def own_files(cell):
    """What a user's own cell names: a kernel, programs."""
    for word in [cell.kernel, *cell.options]:
        if os.path.isfile(word):
            yield f'{word} {kernel.checksum(word)}'


def look(arch, wanted):
    """(image, '') or (None, why there is none)."""
    try:
        needs.check(arch)
        return kernel.resolve(wanted, machines.TABLE[arch]), ''
    except Missing as why:
        return None, str(why)
    except (OSError, Problem) as why:
        return None, f'{why}'


def images(cells, say):
    """{(arch, kernel): look()}; each is asked for once, whatever the number of its cells."""
    wanted = list(dict.fromkeys((cell.arch, cell.kernel) for cell in cells))

    def one(pair):
        say(f'looking for {pair[1]} ({pair[0]})')
        return look(*pair)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(wanted, pool.map(one, wanted)))


def key_of(cell, image, common):
    parts = [common, cell.arch, cell.kernel, *cell.options, image or 'none', *own_files(cell)]
    if image:
        parts.append(kernel.checksum(image))
    return hashlib.sha256('\0'.join(parts).encode()).hexdigest()


def still_true(folder, key):
    """The result that is there, if it is one of this key and a verdict."""
    try:
        with open(os.path.join(folder, 'result.json'), encoding='utf-8') as file:
            model = json.load(file)
        return model if model['verdict'] != 'ERROR' and model['matrix']['key'] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read(folder):
    with open(os.path.join(folder, 'plan.json'), encoding='utf-8') as file:
        return json.load(file)


def write(cells, out, say):
    """Leaves a plan for each cell, and no result that is not true any more; counts the rest."""
    common = {True: digest(tools()), False: digest([*tools(), *suite()])}
    found = images(cells, say)
    kept = 0
    for cell in cells:
        folder = os.path.join(out, cell.name)
        os.makedirs(folder, exist_ok=True)
        image, why = found[cell.arch, cell.kernel]
        key = key_of(cell, image, common['--program' in cell.options])
        with cache.locked(os.path.join(folder, 'lock')):
            result.write_json({'key': key, 'image': image, 'why': why},
                              os.path.join(folder, 'plan.json'))
            if still_true(folder, key):
                kept += 1
            elif os.path.exists(os.path.join(folder, 'result.json')):
                os.unlink(os.path.join(folder, 'result.json'))
    return kept
