cd /sys/kernel/tracing
bus-sub --depth 100 sensors/kitchen >/dev/null 2>&1 &
sleep 1
echo > trace
echo "pid == $!" > events/kbus/kbus_state/filter       # this subscriber's alone
echo 1 > events/kbus/kbus_state/enable
echo 'name ~ "sensors/*"' > events/kbus/kbus_gap/filter
echo 1 > events/kbus/kbus_gap/enable
echo 'hist:keys=name,pid:vals=count' > events/kbus/kbus_drop/trigger
kill -STOP $!                                          # it does not read
seq 10000 | bus-pub -l sensors/kitchen
kill -CONT $!
sleep 2
grep kbus_ trace
cat events/kbus/kbus_drop/hist
kill $!
: > events/kbus/kbus_drop/trigger                      # all as it was
echo 0 > events/kbus/kbus_gap/filter
echo 0 > events/kbus/kbus_state/filter
echo 0 > events/kbus/enable
