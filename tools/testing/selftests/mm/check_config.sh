#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: CC=... CFLAGS=... LDFLAGS=... check_config.sh [FOLDER]
#
# Finds out what the programs can be built with and writes it to FOLDER (the
# current one unless told): local_config.mk for make, local_config.h for C.

: "${CC:=cc}" "${CFLAGS:=}" "${LDFLAGS:=}"
out=${1:-.}

die() {
	echo "check_config.sh: $*" >&2
	exit 1
}

[ -d "$out" ] || die "no such folder: $out"
tmp=$(mktemp -d "$out/check_config.XXXXXX") || die "cannot write to $out"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# usage: builds LIBRARY... <SOURCE. Flags are lists of words, hence unquoted.
builds() {
	cat >"$tmp/probe.c" || die "cannot write to $tmp"
	# shellcheck disable=SC2086
	$CC $CFLAGS "$tmp/probe.c" -o "$tmp/probe" $LDFLAGS "$@" 2>"$tmp/errors"
}

# Without this proof a broken compiler would look like a missing library.
builds <<'C' || {
int main(void)
{
	return 0;
}
C
	cat "$tmp/errors" >&2
	die "cannot build any program with: $CC $CFLAGS $LDFLAGS"
}

# Headers alone prove little: a cross or a static build often has no library.
if builds -luring <<'C'
#include <liburing.h>
int main(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct iovec iov = { 0 };

	if (io_uring_queue_init(1, &ring, 0) ||
	    io_uring_register_buffers(&ring, &iov, 1))
		return 1;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read_fixed(sqe, 0, 0, 0, 0, 0);
	io_uring_prep_recv(sqe, 0, 0, 0, 0);
	return io_uring_submit(&ring) + io_uring_wait_cqe(&ring, &cqe);
}
C
then
	libs=-luring
	define='#define LOCAL_CONFIG_HAVE_LIBURING 1'
else
	libs=
	why=$(grep -v '^collect2:' "$tmp/errors" | grep -e error -e 'cannot find' -e undefined |
		head -n 1 | sed "s|$tmp/||g" | tr -d '\\*')
	define="/* no liburing: $why */"
fi

{
	echo "IOURING_EXTRA_LIBS = $libs" >"$tmp/local_config.mk" &&
	echo "$define" >"$tmp/local_config.h" &&
	mv "$tmp/local_config.mk" "$out/local_config.mk" &&
	mv "$tmp/local_config.h" "$out/local_config.h"
} || die "cannot write local_config.mk and local_config.h to $out"
