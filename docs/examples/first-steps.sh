mkfifo ready
bus-sub -n 2 --ready=3 'sensors/+' 3>ready &  # + stands for any one level
read -r _ <ready                         # returns when bus-sub is subscribed
bus-pub sensors/kitchen temperature=21.5 door=open
echo '{"temperature":21.7}' | bus-pub --json sensors/kitchen
wait
bus-topic create house/door --history 1  # keeps its last message
bus-pub house/door open=true
bus-sub -n 1 --replay 1 'house/#'        # for whoever comes later
bus-topic list
bus-topic show house/door                # and who receives it
bus-topic stats                          # rates, over one second
bus-topic change house/door --mode 0660  # for its owner and group alone
