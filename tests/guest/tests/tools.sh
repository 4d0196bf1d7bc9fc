#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tools' contract: scripts rely on it
. /usr/bin/check.sh
cd /tmp || exit 1

# sub ARG...: a bus-sub in the background that has subscribed to t; output in
# out and err, exit status from "wait $sub"
sub() {
	bus-topic create t 2>/dev/null
	bus-sub "$@" >out 2>err &
	sub=$!
	eventually subscribed t 1
}

same() {
	echo "$1" >expected
	cmp -s out expected || { sed 's/^/# got: /' out; return 1; }
}

sub -n 1 t
bus-pub t temp=21.5 ok=true name='a b'
check "bus-sub -n exits 0 after N messages" wait $sub
check "fields are printed" same 't temp=21.5 ok=true name="a b"'

sub -n 3 -F '%s %u %m' t
bus-pub -n 3 -i 0.01 -m hello t
check "bus-pub -n repeats" wait $sub
first=$(sed -n 's/ .*//p;q' out)
check "with %s, %u and %m" same "$(for i in 0 1 2; do
	echo "$((first + i)) 0 hello"; done)"

sub -n 3 -F %m t
printf 'one\ntwo\nthree' | bus-pub -l t
check "bus-pub -l publishes each line" wait $sub
check "the last one too, without its newline" same "$(printf 'one\ntwo\nthree')"

sub -n 2 -F %m t
printf '{"a":1}\n{"b":"x","c":true}\n' | bus-pub -j t
wait $sub
check "bus-pub -j publishes each object" same "$(printf 'a=1\nb=x c=true')"

sub -n 1 -j t
bus-pub -j t '{"a":1}'
wait $sub
check "bus-sub -j prints an object" grep -q \
	'^{"topic":"t","seq":[0-9]*,"time_ns":[0-9]*,"pid":[0-9]*,"uid":0,"gid":0,"kernel":false,"type":"kbus.v1.Event","payload":{"text":"","fields":{"a":1}}}$' \
	out

bus-topic create raw
bus-sub -n 2 -j raw >out &
sub=$!
eventually subscribed raw 1
printf '\001\377' | bus-pub -f - raw
printf 'xyz' >file
bus-pub --file file raw
wait $sub
check "bus-pub -f publishes the bytes as they are" \
	says out '"payload_b64":"Af8="'
check "of a file as well" says out '"payload_b64":"eHl6"'

# Behind by far: a stopped bus-sub with a short backlog.
sub -d 10 -F %s t
kill -STOP $sub
seq 2000 | bus-pub -l t
kill -CONT $sub
last=$(bus-topic show t | sed -n 's/^messages *//p')
check "after a stop the last message comes" eventually grep -qx "$last" out
check "and what was lost is told on standard error" \
	grep -q '^lost [0-9]* on t (seq [0-9]*-[0-9]*)$' err
got=$(wc -l <out)
lost=$(sed -n 's/^lost \([0-9]*\) .*/\1/p' err | paste -sd+ - | bc)
check "received plus lost is published" [ $((got + lost)) = 2000 ]
kill -INT $sub
check "SIGINT ends bus-sub cleanly" wait $sub

sub -j -d 10 t
kill -STOP $sub
seq 2000 | bus-pub -l t
kill -CONT $sub
check "with --json a gap is an object" eventually grep -q \
	'^{"gap":true,"topic":"t","first_seq":[0-9]*,"last_seq":[0-9]*,"count":[0-9]*}$' out
kill -TERM $sub
check "SIGTERM ends bus-sub cleanly" wait $sub

bus-sub t 2>err | head -n 1 >out &
eventually subscribed t 1
publish_until_nobody_listens() {
	bus-pub t x=1
	subscribed t 0
}
check "a closed pipe ends bus-sub" eventually publish_until_nobody_listens
check "without a word" [ ! -s err ]

bus-sub -L -n 1 t >out &
sub=$!
sleep 0.5
bus-pub t heard=true
wait $sub
check "bus-sub -L listens" same "t heard=true"

check "-t without -n ends well" exits 0 "" bus-sub -t 0.2 t
check "-t before -n messages is status 2" exits 2 "" bus-sub -t 0.2 -n 1 t
check "an ill-formed name is refused" exits 1 "empty level" bus-pub a//b x=1
check "a wildcard is refused" exits 1 "wildcards" bus-sub 'a/#'
check "a name too long is refused" exits 1 "255 bytes" \
	bus-pub "$(head -c 256 /dev/zero | tr '\0' a)" x=1
check "listening needs a topic" exits 1 "no topic of this name" bus-sub -L none
head -c 64513 /dev/zero >large
check "too large a file is refused" exits 1 "64512 bytes" bus-pub -f large t
head -c 64512 /dev/zero >large
check "the largest file is not" exits 0 "" bus-pub -f large t
check "a file that is not there is named" exits 1 "No such file" \
	bus-pub -f absent t
check "bad JSON is refused" exits 1 "JSON" bus-pub -j t '{"a":'
check "a bad field is refused" exits 1 "NAME=VALUE" bus-pub t x
check "another type's topic is refused" sh -c \
	'bus-topic create tools/typed --type some.Type && . /usr/bin/check.sh &&
	 exits 1 "another type" bus-pub tools/typed x=1'

check "bus-topic create says that it exists" exits 1 "there is a topic" \
	bus-topic create t
check "bus-topic list lists" sh -c 'bus-topic list | grep -q " t\$"'
check "bus-topic list -j too" sh -c \
	'bus-topic list -j | grep -q "^{\"topic\":\"t\","'
check "bus-topic show shows the type" sh -c \
	'bus-topic show tools/typed | grep -q "^type  *some.Type\$"'
check "bus-topic delete deletes" bus-topic delete t
check "and then says that there is none" exits 1 "no topic of this name" \
	bus-topic delete t
bus-topic delete raw
bus-topic delete tools/typed
finish
