#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Payloads come out as they went in. A bad line is named, and delays no other
. /usr/bin/check.sh
cd /tmp || exit 1

topic=payloads/of/events
copy=payloads/copied
bus-topic create $topic --history 100 --type kbus.v1.Event
bus-topic create $copy --history 100 --type kbus.v1.Event

# last N TOPIC [OPTION]...: print the topic's last messages
last() {
	number=$1
	from=$2
	shift 2
	timeout 300 bus-sub -R "$number" -n "$number" "$@" "$from"
}

same() {
	printf '%s\n' "$1" >expected
	cmp -s out expected || { sed 's/^/# got: /' out; return 1; }
}

shows() {
	last 1 $topic -F %m >out
	same "$1"
}

# raw PRINTF-FORMAT: publish these bytes on the topic
raw() {
	# shellcheck disable=SC2059 # the argument is a format
	printf "$1" | bus-pub -f - $topic
}

bus-pub $topic a=1 a=2
check "two fields of one name are shown" shows 'a=1 a=2'
raw '\022\003\012\001x'
check "a field without a value too" shows 'x=null'
raw '\012\003a\000b'
check "and what is behind a NUL" shows 'a\x00b'
raw '\012\002a\377'
check "and what is not UTF-8" shows 'a\xff'
bus-pub $topic a:double=nan b:double=inf c:double=-inf
check "NaN and the infinities differ" shows 'a=nan b=inf c=-inf'
bus-pub $topic x=1e-310 y:double=5e-324 z=21.7 w=1000.0
check "numbers have the shortest digits" shows 'x=1e-310 y=5e-324 z=21.7 w=1000.0'
bus-pub $topic a:bytes=AAE= b=9223372036854775808
check "bytes and large numbers go in" shows 'a="AAE=" b=9223372036854775808'
printf '\303\251\000\033[2J\n' | bus-pub -l $topic
check "a line may contain NUL" shows "$(printf '\303\251')\\x00\\x1b[2J"

raw '\022\005\012\001\377\030\002'
raw '\022\002\030\002'
bus-pub -j $topic '{"":1,"a\"b":{"uint":18446744073709551615},"c":-0.0,"d":null}'
bus-pub --key "$(printf 'k\377')" $topic keyed=true
raw '\377\377'
count=$(bus-topic show $topic | sed -n 's/^messages *//p')
payloads() {
	last "$count" "$1" -j | sed 's/.*"kernel":false,//; s/"replayed":true,//'
}
last "$count" $topic -j | bus-pub -j $copy
payloads $topic >original
payloads $copy >copied
check "bus-sub -j | bus-pub -j copies them" cmp original copied
check "all of them" [ "$(wc -l <copied)" = "$count" ]
check "keys as well" says copied '"key_b64":"a/8="'
check "and bytes that are no event" says copied '"payload_b64":"//8="'

timeout 300 bus-sub -j -n 3 $topic | bus-pub -j payloads/live &
timeout 300 bus-sub -n 3 -F %m payloads/live >out &
sub=$!
eventually subscribed $topic 1
bus-topic create payloads/live 2>/dev/null
eventually subscribed payloads/live 1
printf '{"a":1}\n{"a":"x"}\n{"a":{"double":"NaN"}}\n' | bus-pub -j $topic
wait $sub
check "messages pass through one by one" same "$(printf 'a=1\na=x\na=nan')"

# lines STATUS ERRORS OPTION...: compare the status and the errors of bus-pub,
# whose input is the file lines
lines() {
	wanted=$1
	errors=$2
	shift 2
	bus-pub "$@" $topic <lines >/dev/null 2>err
	status=$?
	[ "$status $(wc -l <err)" = "$wanted $errors" ] && return 0
	echo "# status $status"
	sed 's/^/# /' err
	return 1
}
comes() {
	last "$1" $topic -F %m >out
	same "$2"
}

printf '{"a":1}\n\n \t\r\n{"a":2}\n' >lines
check "blank lines between objects are passed over" lines 0 0 -j
check "and the others published" comes 2 "$(printf 'a=1\na=2')"
printf '{"a":3}\n\n{"a":\n{"a":4}\n' >lines
check "a bad line ends bus-pub" lines 1 1 -j
check "which says which" says err "line 3: JSON: "
check "and has published those before it" comes 1 'a=3'
{
	printf '{"a":5}\n{"a":[1]}\n{"a":6}\n{"a":1e999}\n{"a":1,"a":2}\n'
	printf '{"a":18446744073709551616}\n{"b":'
	head -c 2000000 /dev/zero | tr '\0' ' '
	printf '1}\n{"payload":{"x":1},"type":"kbus.v1.LinkEvent"}\n{"a":"'
	head -c 65000 /dev/zero | tr '\0' x
	printf '"}\n{"a":7}'
} >lines
check "with --keep-going it goes on, and fails in the end" \
	lines 1 7 --keep-going -j
check "all good lines are published" comes 3 "$(printf 'a=5\na=6\na=7')"
for reason in 'line 2: JSON: a: a value is' 'line 4: JSON: real number overflow' \
	'line 5: JSON: duplicate' 'line 6: JSON: a: a uint is' \
	'line 7: too long' 'line 8: JSON: a payload of a type other' \
	"line 9: $topic: payload too large"; do
	check "it says: $reason" says err "$reason"
done
printf '{"a":"x\377y"}\n{"\377":1}\n' >lines
check "JSON that is not UTF-8 is mended" lines 0 0 -j
check "with U+FFFD" comes 2 "$(printf 'a=x\357\277\275y\n\357\277\275=1')"
{
	head -c 30000 /dev/zero | tr '\0' '\351'
	echo
	head -c 70000 /dev/zero | tr '\0' x
	printf '\nnext\n'
} >lines
check "a line too long does not hold up the others" lines 1 1 --keep-going -l
check "and is named" says err "line 2: $topic: payload too large"
check "a line is not made too long by what is not UTF-8" \
	[ "$(last 2 $topic -F %m | head -n 1 | tr -d '\n' | wc -c)" = 30000 ]
check "and the next comes" comes 1 next
check "--keep-going is for lines" exits 1 "--keep-going requires" \
	bus-pub --keep-going $topic a=1

# shellcheck disable=SC2016 # the dollar is part of a name
check "who publishes on the broker's topics receives the reason" \
	exits 1 "from the broker only" bus-pub '$sys/topics' a=1
bus-topic create payloads/foreign --type some.Type
check "on a topic of another type too" exits 1 \
	"this topic carries payloads of the type some.Type" \
	bus-pub payloads/foreign a=1
seq 5 >lines
foreign() {
	bus-pub --keep-going -l payloads/foreign <lines 2>err
	[ $? = 1 ] && [ "$(wc -l <err)" = 1 ]
}
check "once, because it holds for all lines" foreign
check "with the line's number" says err "line 1: payloads/foreign: "
bus-topic delete payloads/foreign

name=$(printf 'payloads/\342\200\256x')
bus-topic create "$name" --history 1
bus-pub "$name" a=1
check "scripts get a topic's name as it is" \
	[ "$(last 1 "$name" -F %t)" = "$name" ]
bus-topic delete "$name"
bus-topic delete payloads/live
bus-topic delete $copy
bus-topic delete $topic
finish
