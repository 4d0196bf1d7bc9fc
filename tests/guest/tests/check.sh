# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Shared by the guest's shell tests: each check prints a line of TAP

checks=0
failures=0

# check TEXT COMMAND [ARG...]: the command succeeds
check() {
	checks=$((checks + 1))
	text=$1
	shift
	if "$@"; then
		echo "ok $checks - $text"
	else
		failures=$((failures + 1))
		echo "not ok $checks - $text"
	fi
}

# says FILE WORDS: the file contains the words
says() {
	[ -z "$2" ] || grep -qF -- "$2" "$1" || {
		echo "# expected: $2"
		sed 's/^/# got: /' "$1"
		return 1
	}
}

# exits STATUS WORDS COMMAND [ARG...]: the command exits with this status, and
# its output contains the words
exits() {
	wanted=$1
	words=$2
	shift 2
	timeout 900 "$@" >/tmp/exits.out 2>&1 </dev/null
	status=$?
	[ "$status" = "$wanted" ] || {
		echo "# $*: exit status $status, expected $wanted"
		sed 's/^/# /' /tmp/exits.out
		return 1
	}
	says /tmp/exits.out "$words"
}

# eventually COMMAND [ARG...]: the command succeeds within 15 minutes, a limit
# that allows for busy hosts
eventually() {
	deadline=$(($(cut -d . -f 1 /proc/uptime) + 900))
	until "$@"; do
		[ "$(cut -d . -f 1 /proc/uptime)" -lt "$deadline" ] || return 1
		usleep 100000
	done
}

# subscribed TOPIC N: the topic has N subscribers
subscribed() {
	bus-topic show "$1" 2>/dev/null | grep -q "^subscribers  $2\$"
}

# has_listener TOPIC: the topic has a listener
has_listener() {
	bus-topic show "$1" 2>/dev/null | grep -q "^listeners  *yes\$"
}

# is_in STATE PID: the process has this state in /proc: S, asleep; T, stopped
is_in() {
	grep -q "^State:[[:space:]]*$1" "/proc/$2/status" 2>/dev/null
}

# stop_reader PID: stop the process, and wait until it has stopped
stop_reader() {
	kill -STOP "$1"
	eventually is_in T "$1"
}

finish() {
	exit $((failures > 0))
}
