#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kbus_netdev: a kernel module publishes
. /usr/bin/check.sh
cd /tmp || exit 1
topic=kernel/net/link

insmod /lib/kbus/samples/kbus_netdev.ko 2>/dev/null ||
	insmod /lib/kbus/kbus_netdev.ko
check "the module pins kbus" sh -c '! rmmod kbus 2>/dev/null'
check "its topic has a type" sh -c \
	"bus-topic show $topic | grep -q '^type  *kbus.v1.LinkEvent'"
check "and is the kernel's" sh -c \
	"bus-topic show $topic | grep -q 'a kernel module'"
check "programs may not publish on it" exits 1 "kernel modules only" \
	bus-pub -f /proc/version $topic
check "nor delete it" exits 1 "kernel module holds" bus-topic delete $topic
check "nor make others beside it" exits 1 "kernel modules" \
	bus-topic create kernel/net/mine

bus-sub -j $topic >out 2>err &
sub=$!
eventually subscribed $topic 1
ip link add test0 type dummy
ip link set test0 mtu 1400
ip link set test0 up
ip link set test0 down
ip link set test0 name test1
ip link set test1 address 02:00:00:00:00:07
ip link del test1
check "all comes" eventually grep -q '"action":"REMOVED".*"name":"test1"' out
kill $sub
wait $sub

# Events of the kernel's own naming are left out.
sed -n 's/.*"action":"\([A-Z_]*\)".*"name":"\([a-z0-9]*\)".*/\1 \2/p' out |
	grep -v OTHER >events
cat >expected <<END
ADDED test0
MTU_CHANGED test0
UP test0
DOWN test0
RENAMED test1
ADDRESS_CHANGED test1
REMOVED test1
END
# An UP may bring changes of state along.
grep -v -e CHANGED -e UPPER events >some
grep -v -e CHANGED -e UPPER expected >some-expected
check "in order" cmp some some-expected
check "the MTU with its value" grep -q \
	'"action":"MTU_CHANGED".*"name":"test0".*"mtu":1400' out
check "the address with its value" grep -q \
	'"action":"ADDRESS_CHANGED".*"address":"AgAAAAAH"' out
check "as the kernel's" sh -c '! grep -v "\"pid\":0,.*\"kernel\":true" out'
check "and nothing lost" [ ! -s err ]

# Another network namespace has a bus of its own.
unshare -n sh -c "bus-sub -n 1 -t 20 -F '%m' $topic >other &
	while ! bus-topic show $topic | grep -q '^subscribers  1'; do
		sleep 0.1; done
	ip link add inner0 type dummy; wait"
check "a namespace's devices are on its own bus" \
	says other "name=inner0"
check "and on no other" sh -c '! grep -q inner0 out'

bus-sub $topic >out 2>&1 &
sub=$!
eventually subscribed $topic 1
check "the module unloads with a subscriber there" rmmod kbus_netdev
check "its topic goes with it" exits 1 "no topic of this name" \
	bus-topic show $topic
sleep 0.2
check "and no device is said to go" [ ! -s out ]
kill $sub
wait $sub
finish
