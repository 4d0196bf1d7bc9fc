#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kbus_netdev: a kernel module publishes changes of network devices
. /usr/bin/check.sh
cd /tmp || exit 1
link=kernel/net/link
address=kernel/net/address
module=/lib/kbus/samples/kbus_netdev.ko
[ -e $module ] || module=/lib/kbus/kbus_netdev.ko

# Busybox's own ip supports less.
ip() {
	/usr/bin/ip "$@"
}

# hear NAME [OPTION...]: a subscriber to both topics, its output in NAME
hear() {
	name=$1
	shift
	bus-sub -j "$@" 'kernel/net/+' >"$name" 2>"$name.err" &
	sub=$!
	eventually subscribed $link 1 && eventually subscribed $address 1
}

# heard NAME WORDS...: a line of NAME contains all these words
heard() {
	lines=$(cat "$1")
	shift
	for words in "$@"; do
		lines=$(echo "$lines" | grep -F -- "$words") || return 1
	done
}

silence() {
	kill $sub
	wait $sub
	sub=
}

# actions NAME DEVICE: print the actions of the device's own events in one line
actions() {
	grep "\"$link\"" "$1" | grep "\"index\":$2," |
		sed 's/.*"action":"\([A-Z_]*\)".*/\1/' | tr '\n' ' '
}

index() {
	cat "/sys/class/net/$1/ifindex"
}

insmod $module
check "the module pins kbus" sh -c '! rmmod kbus 2>/dev/null'
check "the links' topic has a type" sh -c \
	"bus-topic show $link | grep -q '^type  *kbus.v1.LinkEvent'"
check "and so has the addresses'" sh -c \
	"bus-topic show $address | grep -q '^type  *kbus.v1.AddressEvent'"
check "and is the kernel's" sh -c \
	"bus-topic show $link | grep -q 'kernel modules'"
check "programs may not publish on it" exits 1 "kernel modules only" \
	bus-pub -f /proc/version $link
check "nor delete it" exits 1 "kernel module holds" bus-topic delete $link
check "nor make others beside it" exits 1 "kernel modules" \
	bus-topic create kernel/net/mine

hear out
ip link add test0 type dummy
dummy=$(index test0)
ip link set test0 mtu 1400
ip link set test0 address 02:00:00:00:00:07
ip link set test0 up
ip link set test0 carrier off
eventually grep -q CARRIER_OFF out
ip link set test0 carrier on
eventually grep -q CARRIER_ON out
ip link set test0 down
ip link set test0 name test1
ip link set test1 txqueuelen 77
ip link del test1
check "all comes" eventually heard out REMOVED '"name":"test1"'
check "a device's life, in order" [ "$(actions out "$dummy")" = \
	"ADDED MTU_CHANGED ADDRESS_CHANGED UP CARRIER_OFF CARRIER_ON DOWN RENAMED CHANGED REMOVED " ]
check "the MTU with its value" heard out MTU_CHANGED '"name":"test0"' '"mtu":1400'
check "the hardware address with its value" heard out ADDRESS_CHANGED \
	'"address":"AgAAAAAH"' '"address_text":"02:00:00:00:00:07"'
check "a new name with the old one" heard out RENAMED '"name":"test1"' \
	'"old_name":"test0"'
check "what else changes with the kernel's name for it" \
	heard out '"CHANGED"' '"kernel_event":"NETDEV_CHANGE_TX_QUEUE_LEN"'
check "a device that is down has no carrier" sh -c \
	'! grep "\"up\":false" out | grep "\"carrier\":true"'
check "one that is up has" heard out '"UP"' '"up":true' '"carrier":true'

ip link add test0 type veth peer name test1
ip link set test0 up
veth=$(index test0)
ip link set test1 up
check "a veth has a carrier once its peer is up" \
	eventually heard out CARRIER_ON "\"index\":$veth,"
ip link set test1 down
check "and none when it is not" \
	eventually heard out CARRIER_OFF "\"index\":$veth,"
ip link set test1 name "$(printf 'a\377\303\251')"
check "a name that is no UTF-8 is readable, and all of it is reported" \
	eventually heard out RENAMED '"name":"a\\xffé"' '"old_name":"test1"'
ip link del test0
eventually heard out REMOVED "\"index\":$veth,"

ip link add test0 type dummy
ip link set test0 addrgenmode none
ip link set test0 up
dummy=$(index test0)
ip addr add 192.0.2.1/24 brd + label test0:one dev test0
ip addr add 192.0.2.2/24 dev test0
ip addr add 198.51.100.1 peer 198.51.100.2/32 dev test0 scope link
ip addr add 2001:db8::1/64 dev test0 nodad
ip addr add 2001:db8::2 peer 2001:db8::3/128 dev test0 nodad
ip addr del 2001:db8::1/64 dev test0
ip addr del 192.0.2.1/24 dev test0
ip link del test0
eventually heard out REMOVED "\"index\":$dummy,"
check "an address comes with all it has" heard out '"ADDED"' '"family":"IPV4"' \
	'"address":"wAACAQ=="' '"address_text":"192.0.2.1"' '"prefix_len":24' \
	"\"link_index\":$dummy," '"link_name":"test0"' '"scope":"GLOBAL"' \
	'"broadcast":{"address":"wAAC/w==","text":"192.0.2.255"}' '"label":"test0:one"'
check "and without what it has not" sh -c \
	'! grep "\"192.0.2.1\"" out | grep peer'
check "a peer" heard out '"ADDED"' '"address_text":"198.51.100.1"' \
	'"prefix_len":32' '"peer":{"address":"xjNkAg==","text":"198.51.100.2"}' '"scope":"LINK"'
check "an IPv6 address" heard out '"ADDED"' '"family":"IPV6"' \
	'"address":"IAENuAAAAAAAAAAAAAAAAQ=="' '"address_text":"2001:db8::1"' \
	'"prefix_len":64' '"link_name":"test0"' '"scope":"GLOBAL"'
check "and its peer" heard out '"address_text":"2001:db8::2"' \
	'"peer":{"address":"IAENuAAAAAAAAAAAAAAAAw==","text":"2001:db8::3"}' '"prefix_len":128'
grep "\"$address\"" out | grep "\"link_index\":$dummy," |
	sed 's/.*"action":"\([A-Z]*\)".*"address_text":"\([^"]*\)".*/\1 \2/' >events
cat >expected <<END
ADDED 192.0.2.1
ADDED 192.0.2.2
ADDED 198.51.100.1
ADDED 2001:db8::1
ADDED 2001:db8::2
REMOVED 2001:db8::1
REMOVED 192.0.2.2
REMOVED 192.0.2.1
REMOVED 2001:db8::2
REMOVED 198.51.100.1
END
check "in order, secondaries and those of a dying device, too" \
	cmp events expected
check "the device's end comes after its addresses'" sh -c \
	"grep -e '\"link_index\":$dummy,' -e '\"index\":$dummy,' out |
		tail -n 1 | grep -q '\"REMOVED\".*NETDEV_UNREGISTER'"
check "all as the kernel's" sh -c '! grep -v "\"pid\":0,.*\"kernel\":true" out'
check "and nothing lost" [ ! -s out.err ]

# Another network namespace has a bus of its own.
unshare -n sh -c "bus-sub -n 1 -t 900 -F '%m' $link >other &
	while ! bus-topic show $link | grep -q '^subscribers  1'; do
		sleep 0.1; done
	/usr/bin/ip link add inner0 type dummy; wait"
check "a namespace's devices are on its own bus" \
	says other "name=inner0"
check "and on no other" sh -c '! grep -q inner0 out'

# To and from another namespace.
unshare -n sh -c 'bus-sub -j "kernel/net/+" >there &
	echo $$ >there.pid
	while ! bus-topic show kernel/net/link | grep -q "^subscribers  1"; do
		sleep 0.1; done
	touch there.ready
	while [ ! -e there.done ]; do sleep 0.1; done
	kill $!; wait' &
there=$!
eventually [ -e there.ready ]
ip link add test3 type dummy
moved=$(index test3)
ip link set test3 up
ip link set test3 netns "$(cat there.pid)"
check "a device that moves out is reported as that" \
	eventually heard out MOVED_OUT '"name":"test3"'
check "and as one that moves in" \
	eventually heard there MOVED_IN '"name":"test3"'
check "as no birth and no death" [ "$(actions out "$moved")" = \
	"ADDED UP DOWN MOVED_OUT " ]
touch there.done
wait $there
silence

# Existing devices and addresses are published as if they came now.
rmmod kbus_netdev
ip link add test0 type dummy
ip link set test0 up
ip addr add 192.0.2.1/24 dev test0
ip addr add 2001:db8::1/64 dev test0 nodad
bus-topic create ready
bus-sub -j 'kernel/net/+' ready >before 2>&1 &
sub=$!
eventually subscribed ready 1
insmod $module history=100
check "a device that is there when the module is loaded is reported" \
	eventually heard before '"ADDED"' '"name":"test0"' '"up":true'
check "with its addresses" eventually heard before '"ADDED"' \
	'"address_text":"192.0.2.1"' '"link_name":"test0"'
check "those of IPv6, too" eventually heard before '"ADDED"' \
	'"address_text":"2001:db8::1"' '"link_name":"test0"'
check "once, and nothing else" [ "$(actions before "$(index test0)")" = "ADDED " ]
timeout 900 bus-sub -j -R 100 -t 2 $link >replayed
check "a history keeps it for later" heard replayed '"ADDED"' '"name":"test0"'
check "a history too long is refused" sh -c \
	"rmmod kbus_netdev; ! insmod $module history=100000 2>/dev/null"
silence

# Unloading, while devices change.
insmod $module
hear churning
touch changing
(while [ -e changing ]; do
	ip link add churn0 type dummy
	ip link set churn0 up
	ip addr add 192.0.2.9/24 dev churn0
	ip link del churn0
done) &
churn=$!
for _ in $(seq 10); do
	sleep 0.3
	rmmod kbus_netdev
	insmod $module
done
eventually heard churning '"REMOVED"' '"name":"churn0"'
check "the module unloads with a subscriber there, and under load" \
	rmmod kbus_netdev
rm changing
wait $churn
check "its topics go with it" exits 1 "no topic of this name" \
	bus-topic show $link
check "both" exits 1 "no topic of this name" bus-topic show $address
check "no device is said to go that does not" sh -c \
	"! grep -e REMOVED -e DOWN -e MOVED churning | grep -v '\"churn0\"'"
check "what goes was reported all the while" \
	heard churning '"REMOVED"' '"name":"churn0"'
silence

# Only on a kernel that can make its allocations fail.
failslab=/sys/kernel/debug/failslab
if [ -d $failslab ]; then
	for setting in task-filter=Y ignore-gfp-wait=N verbose=0 interval=1 \
		times=-1 probability=10; do
		echo "${setting#*=}" >$failslab/"${setting%=*}"
	done
	insmod $module
	hear failing
	mkfifo commands
	/usr/bin/ip -force -batch commands >/dev/null 2>&1 &
	batch=$!
	exec 3>commands
	echo "link set test0 mtu 1000" >&3
	eventually grep -q '"mtu":1000' failing
	echo 1 >/proc/$batch/make-it-fail
	for mtu in $(seq 1001 1500); do
		echo "link set test0 mtu $mtu"
		echo "addr add 198.51.100.1/24 dev test0"
		echo "addr del 198.51.100.1/24 dev test0"
	done >&3
	echo "quit" >&3
	exec 3>&-
	wait $batch
	echo 0 >$failslab/probability
	ip link set test0 mtu 999
	eventually grep -q '"mtu":999' failing
	for topic in $link $address; do
		all=$(bus-topic show "$topic" | sed -n 's/^messages *//p')
		received=$(grep "\"$topic\"" failing | grep -vc '"gap"')
		lost=$(grep "\"$topic\"" failing |
			sed -n 's/.*"gap":true.*"count":\([0-9]*\).*/\1/p' |
			awk '{ sum += $1 } END { print sum + 0 }')
		echo "# $topic: $all messages, $received received, $lost lost"
		check "without memory, $topic tells what it could not tell" \
			[ "$all" = $((received + lost)) ]
		check "and there was such" sh -c "bus-topic show -j $topic |
			grep -q '\"lost\":[1-9]'"
	done
	silence
	rmmod kbus_netdev
fi
ip link del test0
(finish) || sed 's/^/# /' out there before
finish
