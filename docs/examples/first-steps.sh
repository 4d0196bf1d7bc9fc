bus-sub -n 2 sensors/kitchen &           # in one terminal
sleep 1
bus-pub sensors/kitchen temperature=21.5 door=open
echo '{"temperature":21.7}' | bus-pub --json sensors/kitchen
wait
bus-topic list
bus-topic show sensors/kitchen
