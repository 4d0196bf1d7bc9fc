// SPDX-License-Identifier: GPL-2.0-only
/*
 * The standard streams, for any state in which a tool inherits them
 *
 * Signals keep the disposition that they have when a tool starts, so they can
 * terminate it in any call. This includes SIGPIPE: a write fails with EPIPE
 * only if the parent ignores or blocks SIGPIPE.
 */
#include "streams.h"

#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/**
 * struct stream - a standard stream
 * @fd: its descriptor
 * @err: errno of the first write that failed, or ETIME if the deadline ended
 *	it; nothing is written afterwards
 */
struct stream {
	int fd;
	int err;
};

static struct stream input = { .fd = STDIN_FILENO };
static struct stream output = { .fd = STDOUT_FILENO };
static struct stream errors = { .fd = STDERR_FILENO };
static const char *tool_name;

/*
 * Occupies the number of a closed descriptor, so that no socket or file gets
 * it. The descriptor can be neither read nor written: both fail with EBADF, as
 * before. Returns false on error.
 */
static bool occupy_descriptor(int fd)
{
	if (fcntl(fd, F_GETFD) >= 0)
		return true;
	return open("/", O_PATH | O_CLOEXEC) == fd;
}

/*
 * Returns whether a failed call may be repeated. Waits first if the descriptor
 * is not ready, which only happens with O_NONBLOCK.
 */
static bool may_retry(int fd, short events)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	if (errno != EAGAIN && errno != EINTR)
		return false;
	if (deadline_is_over()) {
		errno = ETIME;
		return false;
	}
	if (errno == EAGAIN)
		poll(&pollfd, 1, -1);
	return true;
}

static ssize_t read_stream(void *cookie, char *data, size_t size)
{
	const struct stream *stream = cookie;
	ssize_t got;

	do
		got = read(stream->fd, data, size);
	while (got < 0 && may_retry(stream->fd, POLLIN));
	return got;
}

static ssize_t write_stream(void *cookie, const char *data, size_t size)
{
	struct stream *stream = cookie;
	size_t done = 0;
	ssize_t put;

	while (!stream->err && done < size) {
		put = write(stream->fd, data + done, size - done);
		if (put > 0)
			done += (size_t)put;
		else if (put == 0)
			stream->err = ENOSPC;
		else if (!may_retry(stream->fd, POLLOUT))
			stream->err = errno;
	}
	if (stream->err)
		errno = stream->err;
	return (ssize_t)done;
}

static FILE *open_stream(struct stream *stream, const char *mode)
{
	static const cookie_io_functions_t functions = {
		.read = read_stream,
		.write = write_stream,
	};
	FILE *file = NULL;

	if (occupy_descriptor(stream->fd))
		file = fopencookie(stream, mode, functions);
	if (!file)
		_exit(EXIT_FAILURE);
	return file;
}

/*
 * Returns false on a write error. Some file systems report a full disk only on
 * close.
 */
static bool close_stream(FILE *file, struct stream *stream)
{
	fflush(file);
	if (close(stream->fd) && !stream->err && errno != EBADF)
		stream->err = errno;
	return !stream->err || stream->err == ETIME;
}

static void close_streams(void)
{
	bool ok = close_stream(stdout, &output);

	if (!ok)
		fprintf(stderr, "%s: cannot write: %s\n", tool_name,
			strerror(output.err));
	if (!close_stream(stderr, &errors) || !ok)
		_exit(EXIT_FAILURE);
}

/**
 * streams_open() - prepare the standard streams
 * @tool: name of the tool, for messages
 *
 * Call this before anything else is opened. stdin, stdout and stderr then wait
 * if their descriptor was inherited with O_NONBLOCK, and fail with EBADF if it
 * was inherited closed. When the tool exits, a write error is reported and
 * makes the exit status EXIT_FAILURE.
 */
void streams_open(const char *tool)
{
	tool_name = tool;
	/* The GNU C library lets programs set these variables: stdin(3). */
	stdin = open_stream(&input, "r");
	stdout = open_stream(&output, "w");
	stderr = open_stream(&errors, "w");
	setvbuf(stderr, NULL, _IOLBF, 0);
	atexit(close_streams);
}

/*
 * Returns whether a file is a terminal. fileno(3) does not work for the streams
 * of streams_open().
 */
bool streams_is_terminal(FILE *file)
{
	return isatty(file == stdout ? output.fd :
		      file == stderr ? errors.fd :
				       fileno(file));
}

/* Acts as if a write to standard output had failed. */
static void lose_reader(bool closed)
{
	if (!closed)
		raise(SIGPIPE);
	if (!output.err)
		output.err = closed ? EBADF : EPIPE;
}

/**
 * streams_wait() - wait while standard output has a reader
 * @fd: descriptor to wait for; negative: wait for the time only
 * @seconds: longest time to wait; negative: no limit
 *
 * If standard output has no reader any more, SIGPIPE terminates the tool,
 * unless SIGPIPE is ignored.
 *
 * Return: 1 if @fd is readable or in error; 0 if the time is over or a signal
 * was caught; -ECANCELED if standard output has no reader any more, which is
 * reported at exit; or another negative errno.
 */
int streams_wait(int fd, double seconds)
{
	struct pollfd fds[] = {
		{ .fd = output.fd },
		{ .fd = fd, .events = POLLIN },
	};
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - floor(seconds)) * 1e9);
	if (ppoll(fds, 2, seconds < 0 ? NULL : &ts, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents) {
		lose_reader(fds[0].revents & POLLNVAL);
		return -ECANCELED;
	}
	return fds[1].revents != 0;
}
