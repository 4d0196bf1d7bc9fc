bus-sub -n 3 sensors/kitchen >/dev/null &
sleep 1
perf record -q -e 'kbus:*' -a -o kbus.data -- bus-pub -n 3 sensors/kitchen x=1
perf script -i kbus.data
wait
perf stat -e 'kbus:*' -a -- bus-pub -n 100 sensors/kitchen x=1
perf trace -e 'kbus:*' -a -- bus-pub sensors/kitchen x=1
