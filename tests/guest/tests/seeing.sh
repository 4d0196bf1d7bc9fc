#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The output of bus-topic, compared with actual events
. /usr/bin/check.sh
cd /tmp || exit 1

# sum NAME FILE: total number of events that NAME counts per second
sum() {
	sed -n "s/.*\"seconds\":\([^,}]*\),.*\"$1\":\([^,}]*\).*/\1 \2/p" "$2" |
		awk '{ sum += $1 * $2 } END { printf "%.3f\n", sum }'
}

# lines N FILE: the file has that many lines
lines() {
	[ "$(wc -l <"$2")" = "$1" ]
}

# plain FILE: it contains nothing that a terminal would interpret
plain() {
	! LC_ALL=C grep -q '[^ -~]' "$1"
}

echo "# list"
bus-topic create see/kept --history 3
for _ in 1 2; do printf hello | bus-pub -f - see/kept; done
check "list tells of bytes and history" sh -c \
	'bus-topic list | grep -qE " 0644 2 +10 +0 +no +2/3 +see/kept\$"'
bus-topic create see/bare
check "and of none" sh -c \
	'bus-topic list | grep -qE " 0644 0 +0 +0 +no +- +see/bare\$"'

echo "# show"
bus-topic show see/bare >out
check "without subscribers there is no table" [ -z "$(grep PROGRAM out)" ]
check "nor an entry in the array" sh -c \
	'bus-topic show -j see/bare | grep -q "\"subscriber_list\":\[\]}\$"'

name=$(printf 'e\033[2J\tv\377il')
cp /usr/bin/bus-sub "$name"
bus-topic create see/t
"./$name" -F %s see/t >live.out &
live=$!
eventually subscribed see/t 1
bus-sub -d 10 -o drop-newest see/none/+ see/t >/dev/null 2>&1 &
behind=$!
eventually subscribed see/t 2
bus-sub see/bare >/dev/null &
other=$!
eventually subscribed see/bare 1
stop_reader $behind
# At most as many at a time as the other subscriber's socket holds.
for i in $(seq 10); do
	seq 500 | bus-pub -l see/t
	eventually grep -qx $((i * 500)) live.out
done

bus-topic show see/t >out
sed '1,/PROGRAM$/d' out >rows
check "show has one row for each subscriber" lines 2 rows
# In the socket, in the backlog, lost: together all that was published.
# shellcheck disable=SC2016 # an awk script
check "with what became of the messages" awk -v live=$live -v behind=$behind '
	$1 == live && $2 == "root" && $5 == "drop-oldest" &&
		$6 == 5000 && $8 == 0 && $9 == 0 { good++ }
	$1 == behind && $2 == "root" && $3 == "queued" && $4 == "10/10" &&
		$5 == "drop-newest" && $6 > 0 && $7 == 0 && $6 + $8 == 4990 &&
		$9 == 0 && $10 == "bus-sub" { good++ }
	END { exit good != 2 }' out
check "a program's name is fit for a terminal" says out 'e\x1b[2J\tv\xffil'
check "and so is all else" plain out
bus-topic show -j see/t >out
check "show -j has them in an array" grep -q \
	'^{"topic":"see/t",.*"subscribers":2,.*"subscriber_list":\[{"portid":.*},{"portid":[^{]*}\]}$' \
	out
check "in one line" lines 1 out
check "with what they subscribe to" says out '"patterns":["see/none/+","see/t"]}'
check "with the backlog" says out \
	'"state":"queued","overflow":"drop-newest","backlog":10,"backlog_max":10,'
check "with a name that is UTF-8" says out \
	"$(printf '"program":"e\\u001B[2J\\tv\357\277\275il"')"

kill -CONT $behind
emptied() {
	bus-topic show see/t >out
	# shellcheck disable=SC2016 # an awk script
	awk -v behind=$behind '
		$1 == behind && $3 == "live" && $4 == "0/10" && $7 == 10 &&
			$6 + $8 == 5000 && $9 == 1 { good++ }
		END { exit good != 1 }' out
}
check "when it has caught up, that shows" eventually emptied

echo "# stats"
kill $behind
wait $behind
printf 12345 >five
bus-topic stats see/t -j -i 0.5 -n 0 >out &
stats=$!
# One line for the topic and one for its subscriber: the second look was taken.
eventually lines 2 out
bus-pub -n 20 -f five see/t
check "the totals go on" eventually grep -q '^{"topic":"see/t",.*"messages":5020,' out
kill $stats
wait $stats
check "rates times seconds is what was published" \
	[ "$(sum messages_per_s out)" = 20.000 ]
check "in bytes as well" [ "$(sum bytes_per_s out)" = 100.000 ]
check "and what was delivered" [ "$(sum delivered_per_s out)" = 20.000 ]

begin=$(cut -d ' ' -f 1 /proc/uptime)
bus-topic stats see/t -j -i 0.3 -n 5 >out
end=$(cut -d ' ' -f 1 /proc/uptime)
check "stats reports as often as it should" lines 10 out
grep '"topic"' out >topics
sed 's/.*"seconds":\([^,}]*\),.*/\1/' topics >seconds
# shellcheck disable=SC2016 # an awk script
check "in the given interval, except for delays" awk \
	-v begin="$begin" -v end="$end" '
	{ sum += $1 }
	END { exit !(sum >= 1 && sum <= end - begin + 0.02) }' seconds

bus-topic stats see/t >out
check "as text: the topic" grep -qE \
	'^0\.0 +0\.0 +5020 +[0-9]+ +1 +no +0 +see/t$' out
check "and its subscriber" grep -qE \
	"^0\.0 +0 +0/10000 +live +drop-oldest +$live +e" out
check "and no other" lines 5 out
check "fit for a terminal" plain out
bus-topic stats -i 0.1 >out
check "without a name: all topics and subscribers" sh -c \
	"grep -q ' see/t\$' out && grep -q ' see/bare\$' out &&
	grep -q ' $live ' out && grep -q ' $other ' out"
check "a topic that is not there" exits 1 "no topic of this name" \
	bus-topic stats see/none

for _ in 1 2; do bus-pub -f five see/again; done
bus-topic stats -j -i 0.5 -n 0 >out &
stats=$!
eventually grep -q see/again out
bus-topic delete see/again
bus-pub -n 5 -f five see/again
eventually grep -q '^{"topic":"see/again",.*"messages":5,' out
kill $stats
wait $stats
grep '"topic":"see/again"' out >again
check "a topic that was made again counts from its beginning" \
	[ "$(sum messages_per_s again)" = 5.000 ]
bus-topic delete see/again

bus-topic stats -n 0 -i 0.1 >out &
stats=$!
reported() {
	[ "$(grep -c see/bare out)" -ge "$1" ]
}
check "it goes on with -n 0" eventually reported 3
kill $stats
wait $stats

{ bus-topic stats -n 0 -i 0.1 2>err; echo $? >status; } | head -n 1 >out
check "a closed pipe ends it" says status 141
check "without a word" [ ! -s err ]
[ ! -e /dev/full ] || mknod /dev/full c 1 7 2>/dev/null
check "a full disk is reported" sh -c '. /usr/bin/check.sh
	exits 1 "cannot write: No space" sh -c "bus-topic stats -i 0.1 >/dev/full"'

kill $live $other
wait
for topic in kept bare t; do bus-topic delete see/$topic; done
finish
