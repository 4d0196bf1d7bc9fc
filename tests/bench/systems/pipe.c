// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit: pipes
 */
#include "channel.h"

#include <unistd.h>

static int pipe_start(unsigned int topics, unsigned int subscribers,
		      unsigned int messages, size_t size)
{
	return channels_open(topics, subscribers, pipe);
}

static int pipe_publish(void *publisher, const void *data, size_t size)
{
	unsigned int i;
	int fd;

	for (i = 0; (fd = channel_to(publisher, i)) >= 0; i++)
		if (write(fd, data, size) != (ssize_t)size)
			return system_fail_errno("write");
	return 0;
}

/* Nothing is lost, so there is no need to wait with poll() first. */
static ssize_t pipe_receive(void *subscriber, void **data, size_t size,
			    int timeout_ms)
{
	int fd = channel_from(subscriber);
	size_t done;
	ssize_t n;

	for (done = 0; done < size; done += (size_t)n) {
		n = read(fd, (char *)*data + done, size - done);
		if (n <= 0)
			return system_fail_errno("read");
	}
	return (ssize_t)size;
}

const struct system system_pipe = {
	.name = "pipe",
	.kind = KIND_KERNEL,
	.options = "no broker: a pipe for each subscriber, written to in turn, "
		   "the publisher waits for room",
	.start = pipe_start,
	.stop = channels_close,
	.publisher = channels_publisher,
	.publish = pipe_publish,
	.subscriber = channels_subscriber,
	.receive = pipe_receive,
};
