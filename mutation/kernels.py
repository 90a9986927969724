# SPDX-License-Identifier: GPL-2.0
"""The kernel that all mutants sleep in, and the one that has a fix."""

import glob
import hashlib
import json
import os
import shutil

import built
import mutant
import plant
from problem import Missing, Problem

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = ('plant.py', 'source.py')


class Change:
    """Semantic patches as something that vm/built.py plants into a tree."""

    def __init__(self, name, mutants):
        self.name = name
        self.mutants = mutants
        self.problems = {}

    def key(self):
        total = hashlib.sha256()
        for tool in TOOLS:
            with open(os.path.join(HERE, tool), 'rb') as text:
                total.update(text.read())
        for one in self.mutants:
            total.update(f'{one.name} {one.file} {one.patch}'.encode())
        return total.hexdigest()

    def apply(self, tree):
        self.problems = plant.plant(tree, self.mutants)

    def settle(self, tree, compiles):
        """Leaves out the mutants without which each source file compiles."""
        for name in sorted({name for one in self.alive() for name in one.file}):
            goal = name[:-len('.c')] + '.o'
            why = compiles(goal) if name.endswith('.c') else ''
            while why:
                self.stillborn(name, goal, compiles, tree, why)
                self.plant_alive(tree)
                why = compiles(goal)

    def alive(self):
        return [one for one in self.mutants if not self.problems.get(one.name)]

    def plant_alive(self, tree, without=()):
        plant.plant(tree, [one for one in self.alive() if one not in without])

    def stillborn(self, name, goal, compiles, tree, why):
        """Finds one of the mutants of a file that do not let it compile."""
        suspects = [one for one in self.alive() if name in one.file]
        if not suspects:
            raise Problem(f'{name} does not compile without any mutant, either:\n{why}')
        others = suspects
        good = []
        while len(suspects) > 1:
            half = suspects[:len(suspects) // 2]
            self.plant_alive(tree, [one for one in others if one not in good + half])
            now = compiles(goal)
            if now:
                suspects, why = half, now
            else:
                good, suspects = good + half, suspects[len(half):]
        self.problems[suspects[0].name] = f'stillborn: {why.strip().splitlines()[0]}'

    def leaves(self, tree):
        """What is kept beside the image: {name of a file: text}."""
        kept = plant.compiled(tree)
        for one in self.alive():
            if one.sleeps and not kept.get(one.name):
                self.problems[one.name] = 'stillborn: the compiler dropped it'
        return {'problems.json': json.dumps(self.problems, indent=1)}


class Kernel:
    """An image and what did not get into it."""

    def __init__(self, words, arch, change=None):
        self.made = built.Kernel(words, arch, change)
        self.plain = built.Kernel(words, arch).key()
        # Before the kernel without the change is built for nothing.
        if change and not os.path.isdir(self.made.image_folder) and not shutil.which('spatch'):
            raise Missing('spatch is missing: install the package coccinelle')
        self.image = self.made.image()
        self.problems = {}
        if change:
            with open(os.path.join(self.made.image_folder, 'problems.json'),
                      encoding='utf-8') as file:
                self.problems = json.load(file)


def with_mutants(words, arch):
    return Kernel(words, arch, Change('mutants', [mutant.read(path) for path in mutant.paths()]))


def fixes(name):
    """The names that a user's name stands for."""
    there = sorted(mutant.name_of(path) for path in glob.glob(os.path.join(mutant.FIXES, '*.cocci')))
    if name != 'all' and name not in there:
        raise Problem(f'no fix {name}; there is: {" ".join(there)}')
    return there if name == 'all' else [name]


def fix(name):
    """What is known of one of them; its bug is a headline of doc/known-issues.md."""
    return mutant.read(os.path.join(mutant.FIXES, name + '.cocci'))


def with_fix(words, arch, name):
    return Kernel(words, arch, Change('fixes', [fix(name)]))
