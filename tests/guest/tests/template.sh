#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kbus_template, the module that users copy, works
. /usr/bin/check.sh
cd /tmp || exit 1
topic=kernel/template

insmod /lib/kbus/kbus_template.ko
check "it publishes nothing while nobody hears" sh -c \
	"sleep 1.5; bus-topic show $topic | grep -q '^messages  *0$'"
begin=$(cut -d . -f 1 /proc/uptime)
bus-sub -n 3 -t 900 -j $topic >out 2>err
check "a subscriber hears it once a second" [ $? = 0 ]
check "as fields of an Event" sh -c \
	"grep -c '\"payload\":{.*\"uptime_s\":[0-9][0-9]*[,}]' out | grep -qx 3"
check "with nothing lost" [ ! -s err ]
seen=$(sed -n 's/.*"fields":{"uptime_s":\([0-9]*\).*/\1/p' out | head -n 1)
end=$(cut -d . -f 1 /proc/uptime)
check "and the value is the uptime" \
	sh -c "[ $begin -le $seen ] && [ $seen -le $end ]"
check "it unloads" rmmod kbus_template

mkdir mine
cp /lib/kbus/kbus_template.ko mine
check "the document's first steps work" sh -e /usr/bin/kernel-first-steps.sh
finish
