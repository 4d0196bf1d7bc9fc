#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tools' standard streams and signals: closed, full, broken, blocked
. /usr/bin/check.sh
cd /tmp || exit 1

# Two kept messages: a bus-sub with --replay writes at once.
bus-topic create streams/kept --history 2
bus-pub streams/kept i=1
bus-pub streams/kept i=2
bus-topic create streams/t

# guarded COMMAND [ARG...]: run for at most a minute; status 137 after that
guarded() {
	timeout -s KILL 60 "$@"
}

# status_of COMMAND [ARG...]: write the command's status to the file status
status_of() {
	guarded "$@"
	echo $? >status
}

# gone PID: the process has ended
gone() {
	! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

published() {
	bus-topic show streams/t | sed -n 's/^messages *//p'
}

echo "# closed"
bad="Bad file descriptor"
for arguments in "-l streams/t" "-j streams/t" "-f - streams/t"; do
	check "a closed standard input is an error: bus-pub $arguments" \
		exits 1 "$bad" sh -c "exec bus-pub $arguments <&-"
done
for command in "bus-topic list" "bus-topic list -j" \
	"bus-topic show streams/kept" "bus-topic show -j streams/kept" \
	"bus-topic stats -i 0.01" "bus-topic stats -j -i 0.01" \
	"bus-pub -v streams/t i=1" "bus-sub -R 1 streams/kept" \
	"bus-sub -j -R 1 streams/kept" "bus-sub streams/t" \
	"bus-sub --help" "bus-pub --version" "bus-topic --help"; do
	check "a closed standard output is an error: $command" \
		exits 1 "cannot write: $bad" sh -c "exec $command >&-"
	[ "$command" != "bus-sub streams/t" ] || continue
	check "a full one too" exits 1 "cannot write: No space left on device" \
		sh -c "exec $command >/dev/full"
done
check "but not where nothing is printed" exits 0 "" \
	sh -c "exec bus-topic create streams/new <&- >&-"
before=$(published)
check "bus-pub needs no streams" sh -c 'bus-pub streams/t i=1 <&- >&- 2>&-'
check "and publishes what it was given, nothing else" \
	[ "$(published)" = $((before + 1)) ]
sh -c 'bus-pub "a//b" i=1 2>&-'
check "an error that cannot be reported is one still" [ $? = 1 ]
echo one | bus-pub -v -n 3 -f - streams/t >/dev/full 2>/dev/null
check "a message whose number cannot be reported is the last" \
	[ "$(published)" = $((before + 2)) ]
check "the end of the input is none" exits 0 "" \
	sh -c 'bus-pub -l streams/t </dev/null'
check "a directory is no input" exits 1 "Is a directory" \
	sh -c 'bus-pub -l streams/t </tmp'

mkdir -p small
mount -t tmpfs -o size=4k tmpfs small
head -c 4096 /dev/zero >small/zeros
check "a file on a file system that is full" \
	exits 1 "cannot write: No space left on device" \
	sh -c 'bus-topic list >small/list'
umount small

# behind ARG...: a bus-sub that is far behind; output in out
bus-topic create streams/behind
behind() {
	bus-sub -d 10 "$@" streams/behind >out &
	sub=$!
	eventually subscribed streams/behind 1
	kill -STOP $sub
	seq 20000 | bus-pub -l streams/behind
	kill -CONT $sub
}
behind 2>&-
check "a loss that cannot be reported ends bus-sub" eventually gone $sub
wait $sub
check "as an error" [ $? = 1 ]
behind 2>/dev/full
wait $sub
check "also where standard error is full" [ $? = 1 ]

echo "# readers"
{ status_of bus-sub -R 1 streams/kept; } | head -n 1 >out
check "bus-sub ends with its reader, without a message" says status 141
check "after the line that this wanted" says out "streams/kept i=2"
{ status_of bus-sub streams/t; } | true
check "bus-sub ends without a reader" says status 141
{ status_of bus-topic stats -n 0 -i 1000; } | true
check "so does bus-topic stats, while it waits" says status 141
(
	trap '' PIPE
	{ status_of bus-sub -R 1 streams/kept 2>err; } | true
)
check "it is an error where SIGPIPE is ignored" says status 1
check "with its reason" says err "bus-sub: cannot write: Broken pipe"
(
	trap '' PIPE
	{ status_of bus-topic stats -n 0 -i 1000 2>err; } | true
)
check "of bus-topic too" says status 1
check "with the same reason" says err "bus-topic: cannot write: Broken pipe"

echo "# signals"
# A full pipe with a reader that does not read, an empty pipe with a writer that
# does not write, and a topic whose publishers wait.
mkfifo full silent
# shellcheck disable=SC2217 # it does not read
sleep 10000 <full &
reader=$!
yes >full &
filler=$!
sleep 10000 >silent &
writer=$!

# in_write PID, in_read PID: it waits in a call on a standard stream
in_write() {
	grep -q '^1 0x1 ' "/proc/$1/syscall"
}

in_read() {
	grep -q '^0 0x0 ' "/proc/$1/syscall"
}

# asleep NAME PID: it is that program, and waits for something
asleep() {
	grep -q "^Name:.$1" "/proc/$2/status" &&
		grep -q '^State:.S' "/proc/$2/status"
}

eventually in_write $filler
bus-topic create streams/held --allow-block
bus-sub -o block -d 3 streams/held >/dev/null &
held=$!
eventually subscribed streams/held 1
kill -STOP $held
# Until there is no room.
bus-pub -n 1000000 streams/held i=1 2>/dev/null

# ends_by SIGNAL CONDITION COMMANDLINE: run the command. Send it the signal when
# CONDITION holds, a command that gets its process id. If the signal does not
# help, kill it with another. The command runs in the foreground, because in the
# background the shell makes it ignore SIGINT.
ends_by() {
	rm -f pid
	{
		eventually [ -s pid ]
		pid=$(cat pid)
		# shellcheck disable=SC2086 # split into words
		eventually $2 "$pid" && kill "-$1" "$pid"
		eventually gone "$pid" || kill -KILL "$pid"
	} &
	killer=$!
	sh -c "echo \$\$ >pid; exec $3"
	status=$?
	wait $killer
	return $status
}

# check_end TEXT CONDITION COMMANDLINE: each signal ends it
check_end() {
	for signal in HUP=129 INT=130 TERM=143; do
		ends_by "${signal%=*}" "$2" "$3" 2>/dev/null
		check "SIG${signal%=*} ends $1" [ $? = "${signal#*=}" ]
	done
}

check_end "bus-sub whose output is full" in_write \
	"bus-sub -R 1 streams/kept >full"
check_end "bus-sub with --count and --timeout" in_write \
	"bus-sub -R 1 -n 2 -t 1000 streams/kept >full"
check_end "bus-sub that waits" "asleep bus-sub" "bus-sub streams/t >/dev/null"
check_end "bus-pub whose output is full" in_write \
	"bus-pub -v streams/t i=1 >full"
check_end "bus-pub whose input is silent" in_read \
	"bus-pub -l streams/t <silent"
check_end "bus-pub that waits for a subscriber" "asleep bus-pub" \
	"bus-pub -w 1000 streams/held i=1"
check_end "bus-pub between two messages" "asleep bus-pub" \
	"bus-pub -i 1000 -n 2 streams/t i=1"
check_end "bus-topic list whose output is full" in_write \
	"bus-topic list >full"
check_end "bus-topic stats whose output is full" in_write \
	"bus-topic stats -n 0 -i 0.01 >full"
check_end "bus-topic stats that waits" "asleep bus-topic" \
	"bus-topic stats -n 0 -i 1000 >/dev/null"
check_end "bus-topic --help whose output is full" in_write \
	"bus-topic --help >full"
(
	trap '' TERM
	bus-sub -t 1000 streams/t >/dev/null &
	eventually subscribed streams/t 1
	kill -TERM $!
	kill -HUP $!
	wait $!
	echo $? >status
)
check "a signal that was ignored at the start is ignored" says status 129

echo "# --timeout"
guarded bus-sub -t 0.5 -R 1 streams/kept >full
check "bus-sub -t ends in time though its output is full" [ $? = 0 ]
guarded bus-sub -t 0.5 -n 2 -R 1 streams/kept >full
check "with --count in vain" [ $? = 2 ]
guarded bus-sub -t 0.5 -R 2 -j streams/kept >full
check "with --json" [ $? = 0 ]
behind -t 5 2>full
wait $sub
check "and though its standard error is full" [ $? = 0 ]

kill -KILL $reader $filler $writer $held
wait
for topic in kept t new behind held; do bus-topic delete streams/$topic; done
finish
