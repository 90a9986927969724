# SPDX-License-Identifier: GPL-2.0
"""What stops a run before the suite could say anything."""


class Problem(Exception):
    """An ERROR of the run; its text is the reason, for a person."""


class Missing(Problem):
    """This machine or the archive lacks something: nothing is wrong with the suite or a kernel."""
