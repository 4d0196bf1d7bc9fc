#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tools' interface, on which scripts rely
# shellcheck disable=SC2016 # the broker's names begin with a dollar
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

rm -f ready
mkfifo ready
bus-sub -n 1 --ready=3 t 3>ready >out &
sub=$!
read -r line <ready
bus-pub t n=1
check "bus-sub --ready says when it is subscribed" test "$line" = ready
wait $sub
check "and every later message comes" same "t n=1"
bus-sub -t 0.1 --ready t 2>err >out
check "on standard error, if nothing else is said" grep -qx ready err
bus-sub -t 0.1 --ready=3 t 2>err >out 3>&-
check "a descriptor that is not open is an error" test $? = 1
check "that says so" grep -q "descriptor of --ready is not open" err
rm ready

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

# Far behind: a stopped bus-sub with a short backlog.
sub -d 10 -F %s t
stop_reader $sub
seq 10000 | bus-pub -l t
kill -CONT $sub
last=$(bus-topic show t | sed -n 's/^messages *//p')
check "after a stop the last message comes" eventually grep -qx "$last" out
check "and what was lost is reported on standard error" \
	grep -q '^lost [0-9]* on t (seq [0-9]*-[0-9]*)$' err
got=$(wc -l <out)
lost=$(sed -n 's/^lost \([0-9]*\) .*/\1/p' err | paste -sd+ - | bc)
check "received plus lost is published" [ $((got + lost)) = 10000 ]
kill $sub
wait $sub

sub -n 10000 --count-lost -d 10 -F %s t
kill -STOP $sub
seq 10000 | bus-pub -l t
kill -CONT $sub
check "bus-sub --count-lost ends when losses have taken the rest" wait $sub
check "some are lost" grep -q '^lost ' err
got=$(wc -l <out)
lost=$(sed -n 's/^lost \([0-9]*\) .*/\1/p' err | paste -sd+ - | bc)
check "and no sooner" [ $((got + lost)) = 10000 ]

sub -j -d 10 t
stop_reader $sub
seq 10000 | bus-pub -l t
kill -CONT $sub
check "with --json a gap is an object" eventually grep -q \
	'^{"gap":true,"topic":"t","first_seq":[0-9]*,"last_seq":[0-9]*,"count":[0-9]*}$' out
kill $sub
wait $sub

bus-sub t 2>err | head -n 1 >out &
eventually subscribed t 1
bus-pub t x=1
check "a closed pipe ends bus-sub" eventually subscribed t 0
check "without a word" [ ! -s err ]

sub -n 2 -F '%m' t t 't/#' t/# t
bus-pub t i=1
bus-pub t i=2
check "a pattern that is given twice is one" wait $sub
check "and a message comes once" same "$(printf 'i=1\ni=2')"
bus-topic create tools/twice --history 1
bus-pub tools/twice i=1
check "with --replay as well" exits 0 "i=1" \
	bus-sub -n 1 -R 1 tools/twice tools/twice
check "with --listen as well" exits 0 "" \
	bus-sub -L -t 0.2 tools/twice tools/twice
bus-topic delete tools/twice

for pattern in '$' '$sys' '$sys/none' '$sys/topics/+' '$none/#'; do
	check "the broker has no topic $pattern" \
		exits 1 "names that begin with '\$' are the broker's" \
		bus-sub -t 0.2 "$pattern"
done
for pattern in '$sys/#' '$sys/+' '$sys/topics' '$sys/topics/#'; do
	check "it has $pattern" exits 0 "" bus-sub -t 0.2 "$pattern"
done
check "an ill-formed pattern is one among them too" exits 1 "whole level" \
	bus-sub '$sys/a#'
check "the broker keeps no history" exits 1 "subscribe without replay" \
	bus-sub -R 1 '$sys/topics'
check "and nobody can make it" [ -z "$(grep create /tmp/exits.out)" ]
check "the broker does not wait" exits 1 "choose another overflow policy" \
	bus-sub -o block '$sys/topics'
check "and nobody can make it" [ -z "$(grep create /tmp/exits.out)" ]

bus-sub -L -n 1 t >out &
sub=$!
eventually has_listener t
bus-pub t heard=true
wait $sub
check "bus-sub -L listens" same "t heard=true"

bus-sub -n 2 'tools/+/door' >out &
sub=$!
bus-topic create tools/kitchen/door
eventually subscribed tools/kitchen/door 1
bus-pub tools/kitchen/door open=true
bus-pub tools/kitchen/window open=false
bus-pub tools/cellar/door open=true
wait $sub
check "bus-sub takes a pattern, and topics that come later" \
	same "$(printf 'tools/%s/door open=true\n' kitchen cellar)"
bus-topic delete tools/kitchen/door
bus-topic delete tools/kitchen/window
bus-topic delete tools/cellar/door

sub -n 3 -j t
bus-pub --key door t x=1
printf '\001' | bus-pub -k "$(printf 'd\377')" -f - t
bus-pub t x=1
wait $sub
check "bus-pub --key comes with --json" says out ',"key":"door",'
check "as base64 if it is no text" says out ',"key_b64":"ZP8=",'
check "and not at all if there is none" [ "$(grep -c key out)" = 2 ]
sub -n 1 -F '%k %m' t
bus-pub --key "a
b" t x=1
wait $sub
check "with %k as well, and in one line" same 'a\nb x=1'

bus-topic create tools/kept --history 3
for i in 1 2 3 4 5; do bus-pub tools/kept i=$i; done
bus-sub -R 2 -n 3 -F '%s %r' tools/kept >out &
sub=$!
eventually subscribed tools/kept 1
bus-pub tools/kept i=6
wait $sub
check "bus-sub -R begins with what was kept" \
	same "$(printf '4 replayed\n5 replayed\n6 new')"
bus-sub -R 1 -n 1 -j 'tools/#' >out
check "with --json it is marked" says out ',"replayed":true,'
check "bus-topic show tells of the history" sh -c \
	'bus-topic show tools/kept | grep -q "^history .* 3 messages, 1048576 bytes; kept: 3,"'
check "bus-topic show -j too" sh -c \
	'bus-topic show -j tools/kept | grep -q "\"history\":3,.*\"kept\":3,"'
check "replay without a history is refused" exits 1 "no history" \
	bus-sub -R 1 t
check "an absurd history is refused" exits 1 "history_messages_max" \
	bus-topic create tools/absurd --history 1000000000
bus-topic delete tools/kept

check "bus-pub -v tells where it went: to nobody" exits 0 \
	"live 0 queued 0 dropped 0" bus-pub -v t x=1
sub -n 2 t
check "to one" exits 0 "live 1 queued 0 dropped 0" bus-pub -v t x=1
number=$(bus-pub -v t x=1 | sed 's/^seq \([0-9]*\) .*/\1/')
wait $sub
check "and which number it got" \
	[ "$number" = "$(bus-topic show t | sed -n 's/^messages *//p')" ]

sub -o conflate -d 3 -F '%k %m' t
stop_reader $sub
seq 5000 | bus-pub -l -k filler t
for i in 1 2 3; do
	bus-pub -k a t i=$i
	bus-pub -k b t i=$i
done
kill -CONT $sub
check "bus-sub -o conflate keeps the last of each key" eventually \
	grep -qx 'b i=3' out
check "in order, without what was superseded" \
	[ "$(tail -n 3 out | tr '\n' ' ')" = "filler 5000 a i=3 b i=3 " ]
kill $sub
wait $sub

bus-topic create tools/held --allow-block
bus-sub -o block -d 3 -F %m tools/held >out 2>err &
sub=$!
eventually subscribed tools/held 1
stop_reader $sub
# Until there is no room.
bus-pub -n 1000000 tools/held i:string=x 2>err
check "bus-pub without --wait does not" says err "no room"
check "with --wait it gives up when the time is over" exits 1 "no room" \
	bus-pub -w 0.3 tools/held i=y
bus-pub --wait 60 tools/held i=waited &
pub=$!
eventually is_in S $pub
kill -CONT $sub
check "or publishes when there is room" wait $pub
check "and nothing is lost" eventually grep -qx i=waited out
check "of what was refused, nothing came" [ -z "$(grep i=y out)" ]
kill $sub
wait $sub
check "block is refused where the topic does not allow it" exits 1 "block" \
	bus-sub -o block t
bus-topic delete tools/held

check "-t without -n ends well" exits 0 "" bus-sub -t 0.2 t
check "-t before -n messages is status 2" exits 2 "" bus-sub -t 0.2 -n 1 t
check "an ill-formed name is refused" exits 1 "empty level" bus-pub a//b x=1
check "a wildcard is refused" exits 1 "wildcards" bus-pub 'a/#' x=1
check "an ill-formed pattern is refused" exits 1 "whole level" bus-sub 'a#'
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
	 exits 1 "of the type some.Type" bus-pub tools/typed x=1'

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
