# SPDX-License-Identifier: GPL-2.0
# A cell is a target, its result the file: what was done when a run was stopped
# need not be done again. vm/matrix plan removes the results that are not true
# any more.

OUT ?= build/matrix
export KERNELS OUT CELLS

results := $(patsubst %,$(OUT)/%/result.json,$(shell vm/matrix list))

cells: $(results)

$(OUT)/%/result.json:
	@vm/matrix run $*

.PHONY: cells
