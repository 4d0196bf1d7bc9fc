insmod mine/kbus_template.ko
bus-sub -n 3 kernel/template            # uptime_s=..., once a second
bus-topic show kernel/template
rmmod kbus_template
