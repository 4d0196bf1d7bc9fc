#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The examples of README.md and docs/examples
. /usr/bin/check.sh
cd /tmp || exit 1

subscribes() {
	bus-topic create "$1" 2>/dev/null
	eventually subscribed "$1" 1
}

# Where an example sleeps, wait until each bus-sub has subscribed and has
# printed all that there was, as a person would.
cat >/tmp/patience <<'END'
. /usr/bin/check.sh
is_ready() {
	for pid in $(pidof bus-sub); do
		bus-topic stats -i 0.01 |
			grep -q " 0/[0-9]* *live .* $pid " || return 1
		is_in S "$pid" || return 1
	done
}
sleep() {
	command sleep "$1"
	eventually is_ready
}
END

# example NAME: run it; its output is in /tmp/out
example() {
	sh -e -c '. /tmp/patience; . "$0"' "/usr/bin/$1.sh" >/tmp/out 2>&1 || {
		sed 's/^/# /' /tmp/out
		return 1
	}
}

# It waits for only five seconds. If they are over too soon, it is tried again.
bus-topic create greetings
is_there_or_gone() {
	subscribed greetings 1 || is_in Z $sub
}
for _ in $(seq 20); do
	example-subscriber >out 2>err &
	sub=$!
	eventually is_there_or_gone
	example-publisher
	published=$?
	wait $sub
	! grep -q hello out || break
done
check "publisher publishes" [ "$published" = 0 ]
check "and subscriber prints it" says out "greetings: hello"

mkfifo typed
example-chat <typed >out &
chat=$!
exec 3>typed
subscribes chat
echo "good morning" >&3
check "chat prints what is typed" eventually grep -q "good morning" out
exec 3>&-
check "and ends with its input" wait $chat

bus-sub -n 1 -t 900 sensors/kitchen >out &
sub=$!
subscribes sensors/kitchen
check "event publishes a message" example-event
wait $sub
check "that bus-sub decodes" says out "sensors/kitchen measured temperature=21.5"

bus-topic create heard
example-listener heard >out &
listener=$!
eventually has_listener heard
for payload in a bcd ''; do printf %s "$payload" | bus-pub -f - heard; done
check "listener, with no library, hears all" eventually grep -q '^3 0$' out
check "in order" [ "$(cat out)" = "$(printf '1 1\n2 3\n3 0')" ]
stop_reader $listener
seq 3000 | bus-pub -l heard
kill -CONT $listener
check "and what it lost shows in the numbers" eventually grep -q 'lost' out
kill $listener
check "listener names a topic that is not there" exits 1 "no topic" \
	example-listener none

# Each falls behind twice, so that a second edge is needed.
for loop in edge uv event; do
	"example-loop_$loop" "loop/$loop" >out &
	reader=$!
	subscribes "loop/$loop"
	kill -STOP $reader
	seq 5000 | bus-pub -l "loop/$loop"
	kill -CONT $reader
	check "loop_$loop, which was behind, hears all" \
		eventually grep -q ": number 5000\$" out
	kill -STOP $reader
	seq 5000 | bus-pub -l "loop/$loop"
	kill -CONT $reader
	check "and once more" eventually grep -q ": number 10000\$" out
	seq 10000 | sed "s,^,loop/$loop: number ," >expected
	check "in order" cmp out expected
	kill $reader
done

bus-topic delete sensors/kitchen
check "README's first steps work" example first-steps

bus-topic create ready
bus-sub -n 1 -t 900 -F '%t %m' kernel/hello ready >out &
sub=$!
eventually subscribed ready 1
check "the kernel module's example loads" insmod /lib/kbus/hello_kbus.ko
wait $sub
check "and is heard, by a subscriber that came before its topic" \
	says out "kernel/hello hello"
check "and unloads" rmmod hello_kbus

# Only on kernels with these tracepoints.
bus-topic delete sensors/kitchen
check "tracing's example works" example tracing
check "and shows a message's way" grep -q \
	'kbus_publish: .* name=sensors/kitchen .* live=1 ' /tmp/out
if [ -e /sys/kernel/tracing/events/kbus/kbus_drop/hist ]; then
	check "tracing losses works" example tracing-losses
	told=$(sed -n 's/.*kbus_gap: .* first=\([0-9]*\) last=\([0-9]*\) .*/\2 - \1 + 1/p' \
		/tmp/out | bc | paste -sd+ | bc)
	check "and the histogram counts what was reported" grep -q \
		"name: sensors/kitchen .* count: *$told\$" /tmp/out
	check "tracing waits works" example tracing-waits
	check "and shows some" grep -qE 'us: ~ 2\^[0-9]+ *} hitcount: +[0-9]' /tmp/out
fi
check "tracing with perf works" example tracing-perf
check "and counts what was published" grep -qE '^ +100 +kbus:kbus_publish' /tmp/out
finish
