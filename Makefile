# SPDX-License-Identifier: GPL-2.0
# The whole project from its top; `make help` says what there is.

# The last line that run_tests and check print is their verdict.
MAKEFLAGS += --no-print-directory

selftests := $(MAKE) -C tools/testing/selftests TARGETS=mm

help:
	@echo 'make run_tests   test this kernel, after installing what that needs'
	@echo 'make check       test the project itself, after the same'
	@echo 'make lint        the part of check that reads the sources'
	@echo 'make matrix      run the suite on every kernel of vm/kernels (doc/matrix.md)'
	@echo 'make mutants     which of many planted kernel bugs the suite notices (doc/mutants.md)'
	@echo 'make coverage    which lines of the fault path the suite reaches (doc/coverage.md)'
	@echo 'make bench       what the fault path and the suite cost, as ratios'
	@echo 'make soak        the suite RUNS=100 times on this kernel, LOAD=1 under load: who flakes?'
	@echo 'make clean       remove what was built'
	@echo 'make help        print this text (README.md has the rest)'

# Variables of the command line (HARNESS, KDIR, RESULT, O ...) go along by
# themselves.
run_tests:
	@setup/install run
	@$(selftests) run_tests

check:
	@setup/install run check
	@tests/run

lint:
	@setup/install run check
	@tests/lint

bench:
	@setup/install run
	@bench/run

soak:
	@setup/install run
	@soak/run $(if $(RUNS),--runs $(RUNS)) $(if $(LOAD),--load)

# What ran goes on the table, whatever became of the rest.
matrix:
	@setup/install run matrix
	@vm/matrix plan
	@$(MAKE) -k -f vm/matrix.mk $(if $(filter -j%,$(MAKEFLAGS)),,-j$$(nproc)) cells || :
	@vm/matrix report

# MUTANT=name FIX=name DEBUG=1 FULL=1 YARDSTICK=1 KERNEL=6.18 SAMPLE=n
mutants:
	@setup/install run build mutants
	@mutation/run $(if $(filter 1,$(DEBUG)),--debug) $(if $(filter 1,$(FULL)),--full) \
		$(if $(filter 1,$(YARDSTICK)),--yardstick) \
		$(if $(KERNEL),--kernel $(KERNEL)) $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(FIX),--fix $(FIX)) $(filter-out -j,$(filter -j%,$(MAKEFLAGS))) $(MUTANT)

coverage:
	@setup/install run build coverage
	@coverage/run $(if $(KERNEL),--kernel $(KERNEL))

clean:
	rm -rf build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run_tests check lint matrix mutants coverage bench soak clean
