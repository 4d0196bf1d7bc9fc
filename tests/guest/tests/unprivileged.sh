#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Users other than root
. /usr/bin/check.sh
cd /tmp || exit 1

as() {
	user=$1
	shift
	su -s /bin/sh "$user" -c "$*"
}

# refused WORDS USER COMMAND
refused() {
	exits 1 "$1" su -s /bin/sh "$2" -c "$3"
}

check "a user may create a topic" as alice bus-topic create alice/a
check "which is the user's" sh -c \
	'bus-topic show alice/a | grep -q "^owner  *alice:alice\$"'
check "another may not delete it" refused "owner" bob \
	"bus-topic delete alice/a"
as bob bus-sub -n 1 -t 900 -F '%u\ %m' alice/a >out &
sub=$!
eventually subscribed alice/a 1
as alice bus-pub alice/a x=1
wait $sub
check "users publish and subscribe" says out "1000 x=1"
check "the owner may delete it" as alice bus-topic delete alice/a
as alice bus-topic create alice/b
check "and root" bus-topic delete alice/b
check "the kernel's names are not for users" refused "kernel modules" alice \
	"bus-pub kernel/x y=1"
check "nor the broker's" refused "broker" alice "bus-pub '\$sys/x' y=1"
bus-topic create c
as bob bus-sub -L -n 1 -t 900 c >out &
sub=$!
eventually has_listener c
bus-pub c x=2
wait $sub
check "a user may listen" says out x=2
check "a user may not unload kbus" refused "" alice "rmmod kbus"
finish
