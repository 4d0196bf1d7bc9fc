#include <bus.h>
#include <stdio.h>

int main(void)
{
	const struct bus_message *m;
	struct bus *bus;
	int err = bus_open(&bus);

	if (!err)
		err = bus_subscribe(bus, "greetings");
	while (!err && !(err = bus_receive(bus, &m, 5000)))
		if (m->kind == BUS_GAP)
			printf("%s: lost %d\n", m->topic, (int)m->count);
		else
			printf("%s: %.*s\n", m->topic, (int)m->size,
			       (const char *)m->payload);
	fprintf(stderr, "%s\n", bus_strerror(bus, err));
	bus_close(bus);
	return 1;
}
