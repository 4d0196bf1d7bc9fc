# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the guest's shell tests share: each check prints a line of TAP

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

# exits STATUS WORDS COMMAND [ARG...]: the command ends with this status, and
# what it prints contains the words
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

# eventually COMMAND [ARG...]: the command succeeds within 15 minutes, which is
# for hosts that are busy
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

# has_listener TOPIC: somebody listens to it
has_listener() {
	bus-topic show "$1" 2>/dev/null | grep -q "^listeners  *yes\$"
}

# is_in STATE PID: the process is, as /proc has it: S, asleep; T, stopped
is_in() {
	grep -q "^State:[[:space:]]*$1" "/proc/$2/status" 2>/dev/null
}

# stop_reader PID: it is stopped, and not only about to be
stop_reader() {
	kill -STOP "$1"
	eventually is_in T "$1"
}

finish() {
	exit $((failures > 0))
}
