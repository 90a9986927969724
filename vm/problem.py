# SPDX-License-Identifier: GPL-2.0
"""What stops a run before the suite could say anything."""


class Problem(Exception):
    """An ERROR of the run; its text is the reason, for a person."""
