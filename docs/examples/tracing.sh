cd /sys/kernel/tracing
bus-topic create sensors/kitchen
bus-sub -n 1 sensors/kitchen &           # in one terminal
sleep 1
echo 1 > events/kbus/enable              # in another
bus-pub sensors/kitchen temperature=21.5
wait
echo 0 > events/kbus/enable
grep kbus_ trace
