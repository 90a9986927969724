# SPDX-License-Identifier: GPL-2.0
"""What a kernel with a mistake in it did to the suite, against one without."""

import guests

# The first that holds is the verdict. Only the first one is a full kill.
CLAIM = 'claim'                 # a named test failed that holds without the mistake
LOG = 'log'                     # only the watch on the kernel's log noticed
CRASH = 'crash'                 # the guest, or a program as a whole, did not come to its end
SURVIVED = 'survived'           # nobody noticed; a test that was skipped noticed nothing
EQUIVALENT = 'equivalent'       # survived, and there is a reason why nobody could notice
UNREACHABLE = 'unreachable'     # survived, and there is a reason why it is never run here
STILLBORN = 'stillborn'         # does not compile, or the compiler dropped it
UNMATCHED = 'does not apply'    # no such code in this kernel
VERDICTS = (CLAIM, LOG, CRASH, SURVIVED, EQUIVALENT, UNREACHABLE, STILLBORN, UNMATCHED)


class Baseline:
    """The same kernel with all mistakes asleep, some boots of it."""

    def __init__(self, runs):
        self.verdicts = runs[0]['tests']
        self.seconds = max(run['seconds'] for run in runs)
        self.took = runs[0]['took']
        # What is quickly run is asked first.
        self.order = sorted(self.took, key=self.took.get)
        self.good = {name for name in self.verdicts
                     if all(run['tests'].get(name) == 'PASS' for run in runs)}
        self.problems = [f'run {number}: {text}' for number, run in enumerate(runs, 1)
                         for text in run['problems']]
        # A known bug that is a race shows in some of them.
        said = {name: {run['tests'].get(name) for run in runs} for name in self.verdicts}
        self.problems += [f'not the same in all runs: {name}' for name in said
                          if len(said[name]) > 1 and said[name] != {'PASS', 'XFAIL'}]


def baseline_run(boot):
    """What is kept of one of them."""
    bad = [f'{name}: {verdict}' for name, verdict in boot.tests().items()
           if verdict in ('FAIL', 'ERROR', 'XPASS')]
    ended = [f'{program["name"]}: {text}' for program in boot.programs
             for text in program['errors']]
    return {'tests': boot.tests(), 'seconds': boot.seconds, 'took': boot.took,
            'problems': bad + ended + boot.wrong}


def one_run(boot, good, lenient=False):
    """
    (verdict, the claims that failed, why) of one boot with the mistake awake. Programs that are not
    green by themselves are judged by what is good alone (@lenient), and by being killed.
    """
    claims = [name for program in boot.programs for name in guests.named(program, good)]
    if claims:
        return CLAIM, claims, ''
    if boot.wrong and boot.ended != 'done':
        return CRASH, [], boot.wrong[0]
    log = [line for program in boot.programs for line in program['kmsg']]
    log += [test['name'] for program in boot.programs for test in guests.failed(program)
            if not lenient]
    if log:
        return LOG, [], log[0]
    errors = [f'{program["name"]}: {text}' for program in boot.programs
              for text in program['errors'] if not lenient or text.startswith('killed')]
    if boot.wrong or errors:
        return CRASH, [], (boot.wrong or errors)[0]
    return SURVIVED, [], ''


def is_bad(kept, one, newest, debug=False):
    """
    Whether this result is to fail the run. In an older kernel there may be no such code, and one
    with DEBUG_VM may say itself what is wrong, before any test can.
    """
    verdict = kept['verdict']
    if verdict == CRASH:
        # A test may be named that the kernel dies in, where no test could speak before that.
        return not debug and not (one.crash and kept['first'])
    if verdict == CLAIM:
        return newest and bool(one.equivalent or one.unreachable)
    return verdict in (SURVIVED, LOG, STILLBORN) or verdict == UNMATCHED and newest


def all_runs(one, boots, good, lenient=False):
    """The result of a mutant, of as many boots as its race needs."""
    said = [one_run(boot, good, lenient) for boot in boots]
    verdict = min((run[0] for run in said), key=VERDICTS.index)
    best = next(run for run in said if run[0] == verdict)
    reason = best[2]
    if verdict == SURVIVED and one.equivalent:
        verdict, reason = EQUIVALENT, one.equivalent
    elif verdict == SURVIVED and one.unreachable:
        verdict, reason = UNREACHABLE, one.unreachable
    elif one.equivalent or one.unreachable:
        reason = 'said to be ' + ('equivalent' if one.equivalent else 'unreachable')
    return {'verdict': verdict, 'reason': reason, 'runs': len(said),
            'kills': sum(run[0] == verdict for run in said),
            'claims': sorted({claim for run in said for claim in run[1]}),
            'first': best[1][0] if best[1] else '',
            'skipped': new_skips(boots[0], good), 'seconds': sum(b.seconds for b in boots)}


def new_skips(boot, good):
    return sorted(name for name, verdict in boot.tests().items()
                  if verdict == 'SKIP' and name in good)


def fixes(fix, races, before, after):
    """
    What a fix changed in one boot, in words, and whether it is proven: an XFAIL of its bug became a
    PASS, none is left, and nothing else changed. A test of one of the @races, other known bugs, may
    say PASS or XFAIL as it likes, and one of a bug that the fix hides may pass. @before and @after
    are {program and test: (verdict, reason)}.
    """
    def shows(said, bugs):
        return said[0] == 'XFAIL' and any(said[1].endswith(': ' + one) for one in bugs)

    lines, mended, other = [], [], []
    for name in sorted({**before, **after}):
        was, now = (said.get(name, ('absent', '')) for said in (before, after))
        if was[0] == now[0]:
            continue
        line = f'{name}: {was[0]} -> {now[0]}'
        if shows(was, [fix.bug]) and now[0] == 'PASS':
            mended.append(name)
        elif fix.hides and shows(was, [fix.hides]) and now[0] == 'PASS':
            line += ' (another known bug, which the fix hides)'
        elif (was[0] == 'PASS' and shows(now, races) or shows(was, races) and now[0] == 'PASS'):
            line += ' (another known bug, which is a race)'
        else:
            other.append(name)
        lines.append(line)
    left = any(shows(said, [fix.bug]) for said in after.values())
    return lines, bool(mended) and not other and not left
