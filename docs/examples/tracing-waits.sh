cd /sys/kernel/tracing
echo 'kbus_wait u32 portid; u64 us' >> synthetic_events
echo 'hist:keys=topic,portid,seq:at=common_timestamp.usecs:size=65536' \
	> events/kbus/kbus_queue/trigger
echo 'hist:keys=topic,portid,seq:us=common_timestamp.usecs-$at:size=65536:onmatch(kbus.kbus_queue).trace(kbus_wait,portid,$us)' \
	> events/kbus/kbus_drain/trigger
echo 'hist:keys=portid,us.log2' > events/synthetic/kbus_wait/trigger
bus-sub -n 10000 sensors/kitchen >/dev/null &
sleep 1
kill -STOP $!
seq 10000 | bus-pub -l sensors/kitchen
kill -CONT $!
wait
cat events/synthetic/kbus_wait/hist
: > events/synthetic/kbus_wait/trigger                 # all as it was
: > events/kbus/kbus_drain/trigger
: > events/kbus/kbus_queue/trigger
echo '!kbus_wait' >> synthetic_events
