# SPDX-License-Identifier: GPL-2.0
"""Plants mutants into a kernel tree, and tells which of them its objects hold."""

import concurrent.futures
import json
import os
import shutil
import subprocess
import tempfile

import source
from mutant import Problem

MACROS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'macros.h')
LIMIT = 60      # seconds; a rule that matches what it adds never ends
KEPT = '.hz_mutant'     # what a tree's files were like before, and what was planted in it
SECTION = '.discard.hz_mutant'

HEADER = """/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_HZ_MUTANT_H
#define _LINUX_HZ_MUTANT_H

#include <linux/compiler.h>

enum {{
	HZ_MUTANT_NONE,
{names}
}};

extern int hz_mutant_on;

/* The section tells from the object which mutants the compiler kept. */
#define hz_mutant(n) ({{							\\
	asm volatile(".pushsection {section}\\n\\t"				\\
		     ".long %c0\\n\\t"						\\
		     ".popsection" : : "i" (n));				\\
	unlikely(READ_ONCE(hz_mutant_on) == (n));				\\
}})

#endif
"""

CODE = """// SPDX-License-Identifier: GPL-2.0
#include <linux/cache.h>
#include <linux/hz_mutant.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

int hz_mutant_on __read_mostly;

static const char * const names[] __initconst = {{
	"none",
{names}
}};

static char asked[64] __initdata = "none";

static int __init hz_mutant_setup(char *name)
{{
	strscpy(asked, name ? name : "", sizeof(asked));
	return 0;
}}
early_param("hz_mutant", hz_mutant_setup);

static int __init hz_mutant_wake(void)
{{
	int n;

	for (n = 0; n < ARRAY_SIZE(names); n++) {{
		if (!strcmp(asked, names[n])) {{
			pr_info("hz_mutant: %s is awake\\n", asked);
			hz_mutant_on = n;
			return 0;
		}}
	}}
	panic("hz_mutant: there is no mutant %s", asked);
}}
late_initcall_sync(hz_mutant_wake);
"""

MAKEFILE = '\nobj-y += hz_mutant.o\n'
NEW = ('include/linux/hz_mutant.h', 'mm/hz_mutant.c')      # files that no tree has by itself


class Tree:
    """A kernel tree whose files can be had as they were before anything was planted."""

    def __init__(self, path):
        self.path = path
        self.kept = os.path.join(path, KEPT)
        if not os.path.isfile(os.path.join(path, 'mm/huge_memory.c')):
            raise Problem(f'{path} is no kernel tree: there is no mm/huge_memory.c')

    def file(self, name):
        return os.path.join(self.path, name)

    def original(self, name):
        """The text of a file before the first mutant; '' where there is no such file."""
        kept = os.path.join(self.kept, 'original', name)
        path = kept if os.path.exists(kept) else self.file(name)
        try:
            with open(path, encoding='utf-8') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def keep(self, name):
        kept = os.path.join(self.kept, 'original', name)
        if name not in NEW and os.path.exists(self.file(name)) and not os.path.exists(kept):
            os.makedirs(os.path.dirname(kept), exist_ok=True)
            shutil.copyfile(self.file(name), kept + '.new')
            os.replace(kept + '.new', kept)

    def write(self, name, text):
        """Leaves a file alone that has this text: make would take it for a new one."""
        self.keep(name)
        try:
            with open(self.file(name), encoding='utf-8') as file:
                if file.read() == text:
                    return
        except FileNotFoundError:
            pass
        with open(self.file(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def restore_others(self, names):
        """What an earlier run planted in files that this one does not touch."""
        top = os.path.join(self.kept, 'original')
        for folder, _, files in os.walk(top):
            for file in files:
                name = os.path.relpath(os.path.join(folder, file), top)
                if name not in names and not name.endswith('.new'):
                    self.write(name, self.original(name))


def spatch(rules, code):
    """What the rules make of some code, and what is wrong with them."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ('rules.cocci', 'code.c', 'out.c')]
        for path, text in zip(paths, (rules, code)):
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        try:
            done = subprocess.run(['spatch', '--very-quiet', '--no-includes',
                                   '--macro-file', MACROS, '--sp-file', paths[0],
                                   paths[1], '-o', paths[2]], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return code, f'spatch found no end in {LIMIT} s'
        except FileNotFoundError as error:
            raise Problem('spatch is missing: install the package coccinelle') from error
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if not line.startswith('warning:')]
            return code, 'spatch: ' + ' '.join(' '.join(said).split())[:300]
        if not os.path.exists(paths[2]):
            return code, 'nothing in the code matches'
        with open(paths[2], encoding='utf-8') as file:
            return file.read(), ''


def plant_one(mutant, text):
    """A source file with one more mutant in it, and why it is not in there."""
    code = source.cut(text, mutant.functions)
    if not code:
        return text, f'there is no {" or ".join(mutant.functions)}'
    changed, problem = spatch(mutant.rules, code)
    if problem:
        return text, problem
    if changed == code or mutant.sleeps and mutant.symbol not in changed:
        return text, 'nothing in the code matches'
    return source.paste(text, mutant.functions, changed), ''


def plant_file(tree, name, mutants):
    """All mutants of one source file, one after the other: {name of the mutant: problem}."""
    text = tree.original(name)
    problems = {}
    for mutant in mutants:
        problems[mutant.name] = 'there is no such file'
        if text:
            text, problems[mutant.name] = plant_one(mutant, text)
    if text:
        tree.write(name, source.include(text, 'hz_mutant.h') if 'hz_mutant(' in text else text)
    return {mutant: f'{name}: {problem}' if problem else ''
            for mutant, problem in problems.items()}


def write_generated(tree, mutants):
    """What wakes the mutants up; their numbers are their places in the sorted list."""
    names = [mutant for mutant in mutants if mutant.sleeps]
    tree.write('include/linux/hz_mutant.h', HEADER.format(
        names='\n'.join(f'\t{mutant.symbol},' for mutant in names), section=SECTION))
    tree.write('mm/hz_mutant.c', CODE.format(
        names='\n'.join(f'\t"{mutant.name}",' for mutant in names)))
    tree.write('mm/Makefile', tree.original('mm/Makefile') + MAKEFILE)
    with open(os.path.join(tree.kept, 'planted.json'), 'w', encoding='utf-8') as file:
        json.dump([mutant.name for mutant in names], file)


def plant(path, mutants):
    """Returns {name of a mutant: why it could not be planted, or ''}."""
    tree = Tree(path)
    os.makedirs(tree.kept, exist_ok=True)
    mutants = sorted(mutants, key=lambda mutant: mutant.name)
    files = sorted({name for mutant in mutants for name in mutant.file})
    write_generated(tree, mutants)
    tree.restore_others(files + ['mm/Makefile'])
    problems = {mutant.name: '' for mutant in mutants}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(plant_file, tree, name,
                            [mutant for mutant in mutants if name in mutant.file])
                for name in files]
        for job in jobs:
            for name, problem in job.result().items():
                problems[name] = problems[name] or problem
    return problems


def stale(tree, name):
    """Whether a source file was not compiled since something was planted."""
    try:
        times = [os.stat(tree.file(file)).st_mtime
                 for file in (name[:-2] + '.o', name, 'include/linux/hz_mutant.h')]
    except FileNotFoundError:
        return True
    return times[0] < max(times[1:])


def numbers_in(path):
    """The mutants that an object holds, by their numbers."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(['objcopy', '-O', 'binary', '--set-section-flags', f'{SECTION}=alloc',
                        '--only-section', SECTION, path, out.name], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        data = out.read()
    return {int.from_bytes(data[at:at + 4], 'little') for at in range(0, len(data), 4)}


def compiled(path):
    """Returns {name of a mutant that was planted: whether an object holds it}."""
    tree = Tree(path)
    try:
        with open(os.path.join(tree.kept, 'planted.json'), encoding='utf-8') as file:
            names = json.load(file)
    except FileNotFoundError as error:
        raise Problem(f'nothing was planted in {path}') from error
    found = set()
    top = os.path.join(tree.kept, 'original')
    for folder, _, files in os.walk(top):
        for file in files:
            name = os.path.relpath(os.path.join(folder, file), top)
            if name.endswith('.c') and not stale(tree, name):
                found |= numbers_in(tree.file(name[:-2] + '.o'))
    return {name: number in found for number, name in enumerate(names, 1)}
