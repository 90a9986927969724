#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

exec ./run_vmtests.sh -t hugezero_wp
