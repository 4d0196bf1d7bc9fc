#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Loading and unloading kbus, and its parameters and sysctls
. /usr/bin/check.sh
cd /tmp || exit 1
kbus=/lib/kbus/kbus.ko

loads_not() {
	! insmod $kbus "$@" 2>/dev/null
}

bus-topic create kept
bus-sub kept >out 2>&1 &
sub=$!
eventually subscribed kept 1
check "kbus has sysctls" [ -e /proc/sys/net/kbus/default_mode ]
check "unload is refused while a socket is open" sh -c '! rmmod kbus 2>/dev/null'
kill $sub
wait $sub
check "and works when it is closed" rmmod kbus
check "the sysctls end with it" [ ! -e /proc/sys/net/kbus ]

check "without kbus the tools say what to do" exits 1 "modprobe kbus" \
	bus-pub t x=1
check "bus-sub too" exits 1 "modprobe kbus" bus-sub t
check "bus-topic too" exits 1 "modprobe kbus" bus-topic list

check "a protocol out of range is refused" loads_not protocol=32
check "one that is another protocol's too" loads_not protocol=0
check "the kernel's log says which to choose" sh -c \
	'dmesg | grep -q "kbus: protocol=0: choose one of 23 to 31"'
check "absurd table sizes are refused" loads_not groups_max=1
check "kbus loads with another protocol" insmod $kbus protocol=29 groups_max=32
check "and the tools find it" bus-pub t x=1

not_listened() {
	exits 1 "no multicast group" bus-sub -L -n 1 -t 1 "$1"
}

listened() {
	exits 2 "" bus-sub -L -n 1 -t 0.5 "$1"
}

# With t and the two topics of the broker, 32.
for i in $(seq 29); do bus-topic create "full/$i"; done
check "a topic for which no group is left is made" bus-topic create more
check "and published on" bus-pub more x=1
check "but not listened to" not_listened more
bus-topic delete full/1
check "a deleted topic leaves it its group" eventually listened more
bus-sub -L more >/dev/null &
sub=$!
eventually has_listener more
bus-topic delete more
bus-topic create again
check "but not while its group has a listener" not_listened again
kill $sub
wait $sub
check "and then it does" eventually listened again
rmmod kbus

# Publishers and subscribers come and go while the module is unloaded and loaded
# repeatedly.
load() {
	while [ ! -e stop ]; do
		seq 300 | timeout 900 bus-pub -l "load/$1" 2>/dev/null
		timeout 900 bus-sub -t 0.05 "load/$1" >/dev/null 2>&1
		sleep 0.1
	done
}
for i in 1 2 3; do load $i & done
unloaded=0
for _ in $(seq 60); do
	insmod $kbus 2>/dev/null
	sleep 0.05
	rmmod kbus 2>/dev/null && unloaded=$((unloaded + 1))
done
touch stop
wait
echo "# unloaded $unloaded times under load"
insmod $kbus 2>/dev/null
check "the bus works after unloads under load" bus-pub t x=1
check "and unloads" rmmod kbus
check "and loads" insmod $kbus
finish
