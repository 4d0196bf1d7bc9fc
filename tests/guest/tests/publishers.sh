#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# All kernel publishers come and go at once, under load. Meanwhile subscribers
# and listeners of all kinds start and are killed, and so do network namespaces
. /usr/bin/check.sh
cd /tmp || exit 1
end=$(($(cut -d . -f 1 /proc/uptime) + ${STORM:-20}))

goes_on() {
	[ "$(cut -d . -f 1 /proc/uptime)" -lt $end ]
}

subscribers() {
	while goes_on; do
		bus-sub -d "$1" -o "$2" 'kernel/#' >/dev/null 2>&1 &
		usleep "$3"
		kill -9 $!
		wait $! 2>/dev/null
	done
}

listeners() {
	while goes_on; do
		timeout 0.5 bus-sub -L kernel/test kernel/heartbeat >/dev/null 2>&1
	done
}

links() {
	while goes_on; do
		ip link add storm0 type dummy
		ip address add 192.0.2.1/24 dev storm0
		ip link set storm0 up
		ip link del storm0
	done
}

namespaces() {
	while goes_on; do
		unshare -n sh -c 'timeout 0.3 bus-sub "kernel/#" &
			ip link add inner0 type dummy
			ip link set inner0 up
			wait' >/dev/null 2>&1
	done
}

# Counts successful loads and unloads.
reload() {
	loaded=0
	unloaded=0
	while :; do
		insmod "$(find /lib/kbus -name "$1.ko")" ${2:+"$2"} && loaded=$((loaded + 1))
		usleep 70000
		rmmod "$1" && unloaded=$((unloaded + 1))
		goes_on || break
	done
	echo "$1 $loaded $unloaded" >>reloads
}

subscribers 10 drop-oldest 110000 &
subscribers 1000 conflate 230000 &
subscribers 50 drop-newest 170000 &
subscribers 3 block 290000 &
listeners &
links &
namespaces &
reload kbus_test "contexts=15 burst=5" &
reload kbus_heartbeat rate=20000 &
reload kbus_proc &
reload kbus_netdev &
wait

sed 's/^/# /' reloads
check "every load and unload has worked" sh -c \
	"awk '\$2 != \$3 || \$2 < 1 { bad = 1 } END { exit bad || NR != 4 }' reloads"
check "there is a bus to look at" exits 0 "" bus-topic list
grep kernel/ exits.out >topics
sed 's/^/# left: /' topics
check "none of their topics is left" [ ! -s topics ]
check "kbus unloads" rmmod kbus
check "and loads" insmod /lib/kbus/kbus.ko
finish
