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

heard() {
	bus-topic show "$1" | grep -q "^listeners  *yes\$"
}

example-subscriber >out 2>err &
sub=$!
subscribes greetings
check "publisher publishes" example-publisher
wait $sub
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

bus-sub -n 1 -t 20 sensors/kitchen >out &
sub=$!
subscribes sensors/kitchen
check "event publishes a message" example-event
wait $sub
check "that bus-sub decodes" says out "sensors/kitchen measured temperature=21.5"

bus-topic create heard
example-listener heard >out &
listener=$!
eventually heard heard
for payload in a bcd ''; do printf %s "$payload" | bus-pub -f - heard; done
check "listener, with no library, hears all" eventually grep -q '^3 0$' out
check "in order" [ "$(cat out)" = "$(printf '1 1\n2 3\n3 0')" ]
kill -STOP $listener
seq 3000 | bus-pub -l heard
kill -CONT $listener
check "and what it lost shows in the numbers" eventually grep -q 'lost' out
kill $listener
check "listener names a topic that is not there" exits 1 "no topic" \
	example-listener none

bus-topic delete sensors/kitchen
check "README's first steps work" sh -e /usr/bin/first-steps.sh

bus-sub -n 1 -t 20 -F '%t %m' kernel/hello >out &
sub=$!
sleep 1
check "the kernel module's example loads" insmod /lib/kbus/hello_kbus.ko
wait $sub
check "and is heard, by a subscriber that came before its topic" \
	says out "kernel/hello hello"
check "and unloads" rmmod hello_kbus

# Where the kernel has them.
tracing() {
	sh -e "/usr/bin/$1.sh" >/tmp/out 2>&1 || { sed 's/^/# /' /tmp/out; return 1; }
}
bus-topic delete sensors/kitchen
check "tracing's example works" tracing tracing
check "and shows a message's way" grep -q \
	'kbus_publish: .* name=sensors/kitchen .* live=1 ' /tmp/out
if [ -e /sys/kernel/tracing/events/kbus/kbus_drop/hist ]; then
	check "tracing losses works" tracing tracing-losses
	told=$(sed -n 's/.*kbus_gap: .* first=\([0-9]*\) last=\([0-9]*\) .*/\2 - \1 + 1/p' \
		/tmp/out | bc | paste -sd+ | bc)
	check "and the histogram counts what was told" grep -q \
		"name: sensors/kitchen .* count: *$told\$" /tmp/out
	check "tracing waits works" tracing tracing-waits
	check "and shows some" grep -qE 'us: ~ 2\^[0-9]+ *} hitcount: +[0-9]' /tmp/out
fi
check "tracing with perf works" tracing tracing-perf
check "and counts what was published" grep -qE '^ +100 +kbus:kbus_publish' /tmp/out
finish
