#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Systems without /sys or /proc
. /usr/bin/check.sh
cd /tmp || exit 1
kbus=/lib/kbus/kbus.ko

# A tree with programs and libraries, and nothing else.
bare=/tmp/bare
for dir in bin usr lib lib64; do
	[ -e /$dir ] || continue
	mkdir -p $bare/$dir
	mount --bind /$dir $bare/$dir
done
mkdir -p $bare/proc $bare/sys

within() {
	chroot $bare "$@"
}

bus-topic create bare/x
bus-sub -n 3 -t 20 bare/x >out &
sub=$!
eventually subscribed bare/x 1
check "without /sys and /proc a program publishes" within bus-pub bare/x a=1
check "or many messages, in batches" within sh -c 'seq 2 | bus-pub -l bare/x'
wait $sub
check "which arrive" [ "$(wc -l <out)" -eq 3 ]
bus-topic create bare/kept --history 1
bus-pub bare/kept a=kept
check "and it subscribes" exits 0 "a=kept" \
	chroot $bare bus-sub -n 1 -t 20 --replay 1 bare/kept
check "and looks topics up" exits 0 kept chroot $bare bus-topic show bare/kept
mount -t proc proc $bare/proc
check "so it does without /sys alone" within bus-pub bare/x a=1
umount $bare/proc
mkdir $bare/sys/module
check "and where something else is in the place of /sys" \
	within bus-pub bare/x a=1
rmdir $bare/sys/module

rmmod kbus
check "without kbus the error says what to do" exits 1 "modprobe kbus" \
	chroot $bare bus-pub bare/x a=1
insmod $kbus protocol=29
check "with another protocol, too" exits 1 "/sys" \
	chroot $bare bus-pub bare/x a=1
check "with another module in kbus's place" insmod /lib/kbus/kbus_foreign.ko
check "as well" exits 1 "/sys" chroot $bare bus-pub bare/x a=1
mount -t sysfs sysfs $bare/sys
check "with /sys it finds kbus" within bus-pub bare/x a=1
umount $bare/sys
rmmod kbus_foreign
rmmod kbus
insmod $kbus
for dir in bin usr lib lib64; do
	umount $bare/$dir 2>/dev/null
done

finish
