#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tracepoints: each outcome is traced once, and the numbers agree with the
# tools'
. /usr/bin/check.sh
cd /tmp || exit 1
tracing=/sys/kernel/tracing

# A few hundred messages make a reader late.
sockets=/proc/sys/net/core/rmem_default
usual=$(cat $sockets)
trap 'echo "$usual" >$sockets' EXIT
echo 16384 >$sockets

# Record the events until "stop".
start() {
	echo 0 >$tracing/tracing_on
	echo >$tracing/trace
	echo 1 >$tracing/events/kbus/enable
	echo 1 >$tracing/tracing_on
}

stop() {
	echo 0 >$tracing/events/kbus/enable
	grep -v '^#' $tracing/trace >trace
	# The record is complete only if no event was overwritten.
	cat $tracing/per_cpu/cpu*/stats | grep -E '^(overrun|dropped events): [1-9]' &&
		echo "# the record is too small"
}

# events NAME [WORDS]: print the events that contain the words
events() {
	grep " kbus_$1: " trace | grep -F -- "${2:-}"
}

# count NAME [WORDS]: print how many there are
count() {
	events "$@" | grep -c .
}

# sum FIELD: sum up the field of the events, or of a tool's output, on standard
# input
sum() {
	sed -n "s/.*\<$1[ =]\([0-9]*\).*/\1/p" | awk '{ n += $1 } END { print n + 0 }'
}

# counts "NAME [WORDS]" NUMBER...: compare the numbers of events
counts() {
	while [ $# -gt 1 ]; do
		# shellcheck disable=SC2086 # a name and words
		[ "$(count ${1%% *} "$(expr "$1" : '[^ ]* \(.*\)')")" = "$2" ] || {
			echo "# $1: expected $2"
			cut -c 1-160 trace | tail -n 20 | sed 's/^/# /'
			return 1
		}
		shift 2
	done
}

equal() {
	[ "$1" = "$2" ] || { echo "# $1, expected $2"; return 1; }
}

# topic NAME [OPTION...]: create a topic; its id is then in $id
topic() {
	bus-topic create "$@"
	id=$(bus-topic show "$1" | sed -n 's/^id  *//p')
}

# sub TOPIC ARG...: a bus-sub in the background that has subscribed to it
sub() {
	name=$1
	shift
	bus-sub "$@" "$name" >out 2>err &
	sub=$!
	eventually subscribed "$name" 1
}

end_sub() {
	kill $sub
	wait $sub
	eventually subscribed "$name" 0
}

# The number of messages that bus-sub reported lost.
told() {
	sed -n 's/^lost \([0-9]*\) .*/\1/p' err | awk '{ n += $1 } END { print n + 0 }'
}

# The gaps in the trace, in bus-sub's words.
told_by_events() {
	events gap | sed 's/.* name=\([^ ]*\) first=\([0-9]*\) last=\([0-9]*\) .*/\1 \2 \3/' |
		while read -r topic first last; do
			echo "lost $((last - first + 1)) on $topic (seq $first-$last)"
		done
}

# Every message has one outcome, and each is accounted for.
balances() {
	equal $(($(count deliver) + $(count drain) + \
		$(events drop | sum count))) "$1"
}

net=$(readlink /proc/self/ns/net | tr -dc 0-9)
echo 8192 >$tracing/buffer_size_kb

# No subscriber.
topic trace/t
start
printf hello | bus-pub -f - trace/t
stop
check "a message to nobody is reported" counts publish 1 deliver 0 queue 0 drop 0
check "with its topic and size, and what became of it" counts \
	"publish net=$net topic=$id name=trace/t seq=1 count=1 len=5 " 1 \
	"publish uid=0 kernel=0 live=0 queued=0 dropped=0" 1

# LIVE.
sub trace/t -n 3 -F %s
start
bus-pub -v -n 3 trace/t x=1 >pub &
pub=$!
wait $pub $sub
stop
check "three messages to one subscriber" counts publish 3 deliver 3 \
	queue 0 drain 0 drop 0 gap 0 state 0 block 0
check "who is named" counts "publish pid=$pub uid=0 kernel=0 live=1 queued=0" 3
check "with the numbers that bus-sub prints" equal \
	"$(events deliver "net=$net topic=$id" | sed 's/.* seq=\([0-9]*\) .*/\1/')" \
	"$(cat out)"

# Topics of another namespace are marked as such.
start
unshare -n sh -c 'readlink /proc/self/ns/net | tr -dc 0-9 >inner
	bus-pub trace/t x=1'
stop
check "each namespace is distinguished from the others" counts publish 1 \
	"publish net=$(cat inner) " 1

# behind TOPIC ARG...: stop a bus-sub with these arguments, publish 1000
# messages, continue it, and wait until it has caught up
behind() {
	sub "$@" -F %s
	start
	stop_reader $sub
	seq 1000 | bus-pub -v -l "$1" >pub
	kill -CONT $sub
	last=$(bus-topic show "$1" | sed -n 's/^messages *//p')
	eventually caught_up
}

# The subscriber is LIVE: the next message went straight, and bus-sub has
# printed it.
caught_up() {
	bus-pub -v "$name" last=true >last
	cat last >>pub
	grep -q ' live 1 ' last || return 1
	last=$(sed 's/^seq \([0-9]*\) .*/\1/' last)
	eventually grep -qx "$last" out
}

accounts() {
	published=$(grep -c . pub)
	check "$1: each message is reported" counts publish "$published"
	check "$1: as bus-pub tells" equal \
		"$(events publish | sed 's/.* seq=\([0-9]*\) .* live=\([0-9]*\) queued=\([0-9]*\) dropped=\([0-9]*\)$/seq \1 live \2 queued \3 dropped \4/')" \
		"$(cat pub)"
	check "$1: what went straight, and into the backlog" equal \
		"$(count deliver) $(count queue)" "$(sum live <pub) $(sum queued <pub)"
	check "$1: each ends in one way" balances "$published"
	check "$1: what was received" equal \
		$(($(count deliver) + $(count drain))) "$(grep -c . out)"
	check "$1: what was lost" equal "$(events drop | sum count)" "$(told)"
	check "$1: some was" [ "$(told)" -gt 0 ]
	check "$1: where the subscriber receives the gap" equal "$(told_by_events)" \
		"$(cat err)"
	check "$1: why" counts "drop name=$name " "$(count drop)" \
		"drop reason=$1" "$(count drop)"
	check "$1: it fell behind, and caught up" equal \
		"$(count state 'LIVE -> QUEUED')" "$(count state 'QUEUED -> LIVE')"
	check "$1: at least once" [ "$(count state)" -ge 2 ]
}

for policy in drop-oldest drop-newest conflate; do
	topic trace/$policy
	behind trace/$policy -d 10 -o $policy
	end_sub
	stop
	accounts $policy
	check "$policy: the backlog was not longer than it may be" equal \
		"$(events queue | sed 's/.* messages=\([0-9]*\) .*/\1/' | sort -n | tail -n 1)" 10
	bus-topic delete trace/$policy
done

topic trace/size
behind trace/size -b 100
end_sub
stop
accounts size
check "size: nothing was queued" counts queue 0
bus-topic delete trace/size

# A subscriber that receives a gap of a deleted topic.
topic trace/gone
sub trace/gone -d 10 -F %s
start
stop_reader $sub
seq 1000 | bus-pub -v -l trace/gone >pub
bus-topic delete trace/gone
kill -CONT $sub
check "a deleted topic's messages come still" eventually grep -qx 1000 out
kill $sub
wait $sub
stop
check "and are reported" balances 1000
check "some are lost" [ "$(told)" -gt 0 ]
check "with its name" equal "$(told_by_events)" "$(cat err)"
check "which is that of a topic with an id" counts \
	"gap topic=$id name=trace/gone " "$(count gap)"

# A subscriber that ends.
topic trace/closed
sub trace/closed
start
stop_reader $sub
seq 1000 | bus-pub -v -l trace/closed >pub
kill -KILL $sub
wait $sub 2>/dev/null
eventually subscribed trace/closed 0
stop
check "what a backlog held is reported when its subscriber is gone" counts \
	"drop reason=closed" "$(sum queued <pub)"
check "there was some" [ "$(count drop)" -gt 0 ]
check "of all that was published" balances 1000
bus-topic delete trace/closed

topic trace/held --allow-block
sub trace/held -o block -d 3 -F %m
stop_reader $sub
start
while bus-pub -v trace/held x=1 >>held 2>err; do :; done
bus-pub trace/held x=2 2>err
stop
check "what a subscriber blocks is reported, each time" counts \
	"block net=$net topic=$id name=trace/held " 2
check "with who it is" counts "block pid=$sub" 2
check "and was not published" counts publish "$(grep -c . held)" drop 0
start
bus-pub -w 60 trace/held i=waited &
pub=$!
blocked() {
	grep -q "kbus_block: " $tracing/trace
}
check "it is reported before the publisher waits" eventually blocked
kill -CONT $sub
wait $pub
stop
check "and then it is published" counts "publish pid=$pub" 1
end_sub
bus-topic delete trace/held

topic trace/kept --history 5
seq 8 | bus-pub -l trace/kept
start
bus-sub -R 5 -n 5 -F %s trace/kept >out
stop
check "a replay goes through the backlog" counts publish 0 deliver 0 \
	"queue replayed=1" 5 drain 5
check "with the numbers that bus-sub prints" equal \
	"$(events drain | sed 's/.* seq=\([0-9]*\) .*/\1/')" "$(cat out)"
check "and begins as a subscriber that is behind" counts "state LIVE -> QUEUED" 1
bus-topic delete trace/kept

# Messages of kernel modules; the first of these is sent at once.
bus-sub -n 6 -F %s kernel/puppet >out 2>err &
sub=$!
insmod /lib/kbus/kbus_puppet.ko history=10 deferred=3
call() {
	echo "$*" >/sys/module/kbus_puppet/parameters/call
}
eventually subscribed kernel/puppet 1
start
call publish 2
call gap 7
call publish_irqs_off 5
call publish 1
wait $sub
stop
call count_lost
lost=$(cat /sys/module/kbus_puppet/parameters/result)
check "a kernel module's messages are reported as such" counts publish 6 \
	"publish pid=0 uid=0 kernel=1" 6
check "it lost what it skipped, and two of five" equal "$lost" 9
check "what there was no room for is reported as lost" equal \
	"$(events drop reason=outbox | sum count)" "$lost"
check "as much as the subscriber receives gaps of" equal "$(told)" "$lost"
check "and in the same places" equal "$(told_by_events)" "$(cat err)"
start
bus-sub -R 5 -n 5 -F %s kernel/puppet >out 2>err
stop
check "a replay tells of the same losses" equal \
	"$(events drop reason=outbox | sum count)" "$(told)"
rmmod kbus_puppet

# From every context at once.
bus-sub -o drop-newest kernel/test >out 2>err &
sub=$!
echo 65536 >$tracing/buffer_size_kb
start
insmod /lib/kbus/kbus_test.ko contexts=15 burst=4
has_said() {
	[ "$(bus-topic show kernel/test | sed -n 's/^messages *//p')" -gt "$1" ]
}
sleep 2
eventually has_said 500
rmmod kbus_test
# It has received all, and waits for more.
has_read_all() {
	bus-topic stats -i 0.01 | grep -q " 0/10000 *live .* $sub " && is_in S $sub
}
eventually has_read_all
kill $sub
wait $sub
stop
check "from every context: each ends in one way" balances \
	$(($(count publish) + $(events drop reason=outbox | sum count)))
check "from every context: received" equal \
	$(($(count deliver) + $(count drain))) "$(grep -c . out)"
check "from every context: lost" equal "$(events drop | sum count)" "$(told)"
check "from every context: a few hundred" [ "$(count publish)" -gt 200 ]

# Allocation failures, where the kernel can inject them. They apply to one
# process, which calls a kernel module, because a module continues to publish if
# memory is short.
failslab=/sys/kernel/debug/failslab
if [ -e $failslab ]; then
	insmod /lib/kbus/kbus_puppet.ko
	sub kernel/puppet -F %s
	stop_reader $sub
	echo Y >$failslab/task-filter
	echo N >$failslab/ignore-gfp-wait
	echo 0 >$failslab/verbose
	echo -1 >$failslab/times
	start
	call publish 500
	echo 20 >$failslab/probability
	sh -c 'exec 3>/sys/module/kbus_puppet/parameters/call
		echo 1 >/proc/self/make-it-fail
		until echo publish 1000 >&3; do :; done'
	echo 0 >$failslab/probability
	kill -CONT $sub
	call publish 1
	last=$(bus-topic show kernel/puppet | sed -n 's/^messages *//p')
	check "after memory failed the last comes" eventually grep -qx "$last" out
	end_sub
	stop
	check "what was lost for want of memory is reported" counts \
		"drop reason=memory" "$(told)" drop "$(told)"
	check "some was" [ "$(told)" -gt 0 ]
	check "where the subscriber receives the gap" equal "$(told_by_events)" "$(cat err)"
	check "and each ends in one way" balances "$(count publish)"
	rmmod kbus_puppet
fi

# With tracing off.
echo >$tracing/trace
sub trace/t -n 1
bus-pub trace/t x=1
wait $sub
check "what is not asked for is not told" [ -z "$(grep kbus_ $tracing/trace)" ]
bus-topic delete trace/t

check "programs that show events know what the numbers mean" \
	grep -q '{ [0-9], "outbox" }' $tracing/events/kbus/kbus_drop/format
check "kbus unloads with events in the record" rmmod kbus
check "and loads" insmod /lib/kbus/kbus.ko
finish
