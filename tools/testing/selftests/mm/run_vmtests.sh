#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs the programs of one or more categories and says how each of them ended.
# Exits 1 when any program failed, else 0 when any passed, else 4: a skipped
# program may hide neither a failed one nor a passed one.

# One line a program: its category, then its name. They run in this order.
programs() {
	cat <<-LIST
	hugezero_wp	hugezero_lib_test
	hugezero_wp	hugezero_wp
	hugezero_wp	hugezero_wp_account
	hugezero_wp	hugezero_wp_fallback
	hugezero_wp	hugezero_wp_kernel
	hugezero_wp	hugezero_wp_life
	hugezero_wp	hugezero_wp_map
	hugezero_wp	hugezero_wp_reclaim
	hugezero_wp	hugezero_wp_race
	hugezero_wp	hugezero_wp_track
	hugezero_wp	hugezero_wp_fuzz
	LIST
}

PASS=0
FAIL=1
SKIP=4

usage() {
	cat <<-TEXT
	usage: ${0##*/} [-a] [-n] [-d] [-h] [-t "CATEGORY ..."]

	  -t  run the programs of these categories only (default: all of them)
	  -a  run the extra programs too (there are none)
	  -d  run the destructive programs too (there are none)
	  -n  print what the programs print, without TAP lines around it
	  -h  print this text

	Categories:
	  hugezero_wp  writes to memory that maps the huge zero page

	Exits 0 when the programs passed, 1 when any failed, 4 when all skipped.
	TEXT
}

die() {
	echo "${0##*/}: $*" >&2
	exit $FAIL
}

# A line at a time: sed or awk would hold the lines back until the program ends.
prefix() {
	while IFS= read -r line || [ -n "$line" ]; do
		printf '# %s\n' "$line"
	done
}

say() {
	[ -n "$tap" ] && echo "$*"
}

# Leaves the program's own exit status in $status. It travels on a descriptor
# of its own, since that of a pipeline is the status of its last command.
run_program() {
	if [ ! -e "$1" ]; then
		echo "$1 is missing: build it, or add it to what is installed" |
			if [ -n "$tap" ]; then prefix; else cat; fi
		status=127
	elif [ -z "$tap" ]; then
		"./$1"
		status=$?
	else
		{
			status=$({
				{ "./$1" 3>&- 4>&-; echo $? >&3; } 2>&1 |
					prefix >&4 3>&-
			} 3>&1)
		} 4>&1
	fi
}

why() {
	if [ "$1" -eq 127 ] && [ ! -e "$2" ]; then
		echo "exit=$1 the program is missing"
	elif [ "$1" -gt 128 ] && name=$(kill -l "$1" 2>/dev/null); then
		echo "exit=$1 signal $(($1 - 128)) SIG$name"
	else
		echo "exit=$1"
	fi
}

tap=1
wanted=
while getopts "at:ndh" option; do
	case $option in
	a | d) ;;
	t) wanted=$OPTARG ;;
	n) tap= ;;
	h) usage; exit $PASS ;;
	*) usage >&2; exit $FAIL ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || die "unexpected argument '$1' (categories go behind -t)"

CDPATH='' cd -- "$(dirname -- "$0")" || die "cannot enter the folder of $0"

known=$(programs | while read -r category _; do echo "$category"; done |
	sort -u | tr '\n' ' ')
set -f
for category in $wanted; do
	case " $known" in
	*" $category "*) ;;
	*) die "unknown category '$category', there is: $known" ;;
	esac
done
selected=$(programs | while read -r category program; do
	case " ${wanted:-$category} " in
	*" $category "*) echo "$program" ;;
	esac
done)
# shellcheck disable=SC2086 # a list of names
set -- $selected

passed=0
failed=0
skipped=0
number=0

say "TAP version 13"
say "1..$#"
for program; do
	number=$((number + 1))
	say "# running $program"
	run_program "$program"
	case $status in
	"$PASS")
		passed=$((passed + 1))
		say "ok $number $program"
		;;
	"$SKIP")
		skipped=$((skipped + 1))
		say "ok $number $program # SKIP"
		;;
	*)
		failed=$((failed + 1))
		say "not ok $number $program # $(why "${status:-1}" "$program")"
		;;
	esac
done
say "# programs: $passed passed, $failed failed, $skipped skipped"

[ $failed -eq 0 ] || exit $FAIL
[ $passed -eq 0 ] || exit $PASS
exit $SKIP
