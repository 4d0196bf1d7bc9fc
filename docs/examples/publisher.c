#include <bus.h>
#include <stdio.h>

int main(void)
{
	struct bus *bus;
	int err = bus_open(&bus);

	if (!err)
		err = bus_publish(bus, "greetings", "hello", 5, NULL);
	if (err)
		fprintf(stderr, "%s\n", bus_strerror(bus, err));
	bus_close(bus);
	return err != 0;
}
