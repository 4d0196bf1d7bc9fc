# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by the checks that run on the host
number=0
status=0

# check TEXT COMMAND [ARG...]: print a line of TAP; pass if the command succeeds
# and prints nothing
check() {
	local text=$1 output
	shift
	number=$((number + 1))
	if output=$("$@" 2>&1) && [ -z "$output" ]; then
		echo "ok $number - $text"
	else
		echo "not ok $number - $text"
		printf '%s\n' "$output" | head -n 40 | sed 's/^/# /'
		status=1
	fi
}

# skip TEXT REASON: print a line of TAP for a check that was not made
skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# block MARK [DOCUMENT]: print the code block that follows the comment MARK in
# README.md or in DOCUMENT
block() {
	awk -v mark="<!-- $1 -->" '
		$0 == mark { marked = 1; next }
		marked && /^```/ { if (inside) exit; inside = 1; next }
		inside { print }' "${2:-README.md}"
}

# The release of the newest distribution kernel for virtual machines whose
# headers are installed.
newest_kernel() {
	find /usr/src -maxdepth 1 -name 'linux-headers-*-cloud-amd64' -printf '%f\n' |
		sed 's/^linux-headers-//' | sort -V | tail -n 1
}

# The structures, enumerations and function types of bus.h.
public_types() {
	sed -nE -e 's/^(struct|enum) (bus_\w+) \{.*/\2/p' -e 's/^typedef .* (bus_\w+)\(.*/\1/p' \
		libbus/include/bus.h
}
