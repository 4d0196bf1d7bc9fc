// SPDX-License-Identifier: GPL-2.0-only
/*
 * The standard streams, in whatever state a tool inherits them
 *
 * Signals keep the effect that they have when a tool starts, and thus end it in
 * any call. SIGPIPE is one of them: writing fails with EPIPE only where the
 * parent ignores or blocks it.
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
 * @err: errno of the first failure to write, ETIME if the deadline ended it;
 *	nothing is written after it
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
 * Takes the number of a descriptor that is closed, so that no socket and no
 * file gets it. What takes it can be neither read nor written: EBADF, as before.
 */
static bool occupy_descriptor(int fd)
{
	if (fcntl(fd, F_GETFD) >= 0)
		return true;
	return open("/", O_PATH | O_CLOEXEC) == fd;
}

/*
 * After a failed call: waits if the descriptor is not ready, which only those
 * with O_NONBLOCK say. False if the call fails for good.
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

/* Some file systems tell only now that the disk is full. False if it failed. */
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
 * streams_open() - make the standard streams fit for use
 * @tool: the tool's name, for messages
 *
 * Before anything else is opened. stdin, stdout and stderr then wait where a
 * descriptor is inherited with O_NONBLOCK, and report EBADF where it is
 * inherited closed. When the tool exits, what could not be written is told, and
 * makes the exit status EXIT_FAILURE.
 */
void streams_open(const char *tool)
{
	tool_name = tool;
	/* The GNU C library's are variables, made to be set: stdin(3). */
	stdin = open_stream(&input, "r");
	stdout = open_stream(&output, "w");
	stderr = open_stream(&errors, "w");
	setvbuf(stderr, NULL, _IOLBF, 0);
	atexit(close_streams);
}

/* Whether a file is a terminal. Of the three above fileno(3) knows nothing. */
bool streams_is_terminal(FILE *file)
{
	return isatty(file == stdout ? output.fd :
		      file == stderr ? errors.fd :
				       fileno(file));
}

/* As if it had been written to. */
static void lose_reader(bool closed)
{
	if (!closed)
		raise(SIGPIPE);
	if (!output.err)
		output.err = closed ? EBADF : EPIPE;
}

/**
 * streams_wait() - wait while somebody can read standard output
 * @fd: what to wait for; negative: for the time alone
 * @seconds: how long at most; negative: without end
 *
 * A SIGPIPE ends the tool if nobody can read standard output any more, unless
 * that is ignored.
 *
 * Return: 1 if @fd is readable or in error; 0 if the time is over or a signal
 * came; -ECANCELED if nobody can read standard output any more, which is told at
 * exit; or another negative errno.
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
