// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests to the broker, which serves them within sendmsg()
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Keeps the text of a failure for bus_strerror(); returns @err. */
int bus_refuse(struct bus *bus, int err, const char *text)
{
	snprintf(bus->error, sizeof(bus->error), "%s", text);
	bus->error_of = err;
	return err;
}

/* Begins a request in @buffer, which has BUS_REQUEST_SIZE bytes or more. */
struct nlmsghdr *bus_request_new(struct bus *bus, void *buffer, uint16_t type,
				 uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = ++bus->seq;
	return nlh;
}

static int error_attr(const struct nlattr *attr, void *data)
{
	struct bus *bus = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		bus_refuse(bus, 0, mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

/* The outcome in an acknowledgement or at the end of a dump. */
static int outcome(struct bus *bus, const struct nlmsghdr *nlh)
{
	bool ack = nlh->nlmsg_type == NLMSG_ERROR;
	size_t size = ack ? sizeof(struct nlmsgerr) : sizeof(int);

	if (mnl_nlmsg_get_payload_len(nlh) < size)
		return -EPROTO;
	bus->error[0] = '\0';
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(nlh, size, error_attr, bus);
	bus->error_of = bus_answer_errno(nlh);
	return bus->error_of;
}

/*
 * Reads one datagram of the answer. Returns 1 if the answer is complete, with
 * its outcome in @result, 0 if more of it follows, or -errno.
 */
static int read_answer(struct bus *bus, struct mnl_socket *socket,
		       answer_fn *fn, void *data, int *result)
{
	const struct nlmsghdr *nlh;
	size_t size;
	int left;
	int err;

	err = bus_socket_receive(socket, bus->control_buffer, &size,
				 MSG_DONTWAIT);
	if (err)
		return err == -EAGAIN ? -EPROTO : err;

	left = size;
	for (nlh = (const void *)bus->control_buffer;
	     bus_message_fits(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != bus->seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			err = outcome(bus, nlh);
			*result = err ? err : *result;
			return 1;
		}
		/* The rest of a listing is read even if @fn has ended it. */
		if (fn && *result == 0)
			*result = fn(nlh, data);
	}
	return 0;
}

/* Sends one datagram; 0 or -errno. */
static int send_datagram(struct bus *bus, struct mnl_socket *socket,
			 struct iovec *iov, int count)
{
	int err = bus_socket_send(socket, iov, count);

	if (err == -EMSGSIZE)
		bus_refuse(
			bus, err,
			"larger than a socket's send buffer may be: raise net.core.wmem_max to " BUFFER_SIZE_TEXT);
	return err;
}

/* Sends a request and reads the answer; 0, -errno, or the value of @fn. */
int bus_request_sendv(struct bus *bus, struct mnl_socket *socket,
		      struct iovec *iov, int count, answer_fn *fn, void *data)
{
	int result = 0;
	int err;

	bus->error[0] = '\0';
	err = send_datagram(bus, socket, iov, count);
	if (err)
		return err;
	do
		err = read_answer(bus, socket, fn, data, &result);
	while (err == 0);
	return err < 0 ? err : result;
}

/**
 * struct error_answers - the answers to several requests
 * @first: number of the first request
 * @refused: number of the first request that was refused
 * @err: -errno of that request; 0: none was refused
 * @last: the last request was answered, and no more answers follow
 * @lost: an answer was lost because memory was short
 */
struct error_answers {
	uint32_t first;
	uint32_t refused;
	int err;
	bool last;
	bool lost;
};

/* Takes the answers in one datagram. */
static void take_errors(struct bus *bus, size_t size,
			struct error_answers *said)
{
	const struct nlmsghdr *nlh = (const void *)bus->control_buffer;
	int left = size;

	for (; bus_message_fits(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_type != NLMSG_ERROR ||
		    nlh->nlmsg_seq - said->first > bus->seq - said->first)
			continue;
		if (!said->err) {
			said->err = outcome(bus, nlh);
			said->refused = nlh->nlmsg_seq;
		}
		said->last = nlh->nlmsg_seq == bus->seq;
	}
}

/*
 * Reads all answers, because answers that stay in the socket take up room
 * there. There may be many: each request after a refused one is refused as
 * well.
 */
static int read_errors(struct bus *bus, struct error_answers *said)
{
	size_t size;
	int err;

	while (!said->last) {
		err = bus_socket_receive(bus->control, bus->control_buffer,
					 &size, MSG_DONTWAIT);
		if (!err)
			take_errors(bus, size, said);
		else if (err == -ENOBUFS)
			said->lost = true;
		else if (err == -EAGAIN)
			break;
		else
			return err;
	}
	if (!said->err && said->lost)
		return -ENOBUFS;
	/* An acknowledgement was asked for. */
	if (!said->last && !bus->error_page)
		return -EPROTO;
	return said->err;
}

/*
 * Sends the requests with numbers @first to bus->seq from the control socket. A
 * request is answered only if it is refused. If there are no error counters,
 * the last one is always answered. After a refused request, all later ones are
 * refused as well. Returns 0, or the -errno of the first refused request. @done
 * is set to the number of requests before it.
 */
int bus_request_send_all_quietly(struct bus *bus, struct iovec *iov, int count,
				 uint32_t first, uint32_t *done)
{
	struct error_answers said = { .first = first, .refused = first };
	int err;

	bus->error[0] = '\0';
	*done = 0;
	err = send_datagram(bus, bus->control, iov, count);
	if (err)
		/*
		 * Nothing was done, and the call can be repeated. -ENOBUFS
		 * would mean that an answer was lost.
		 */
		return err == -ENOBUFS ? -ENOMEM : err;
	if (bus_pages_show_errors(bus))
		err = read_errors(bus, &said);
	*done = err ? said.refused - first : bus->seq - first + 1;
	return err;
}

/* The same for a single request. */
int bus_request_send_quietly(struct bus *bus, struct nlmsghdr *nlh,
			     struct iovec *iov, int count)
{
	uint32_t done;

	if (!bus->error_page)
		nlh->nlmsg_flags |= NLM_F_ACK;
	return bus_request_send_all_quietly(bus, iov, count, nlh->nlmsg_seq,
					    &done);
}

int bus_request_send(struct bus *bus, struct mnl_socket *socket,
		     struct nlmsghdr *nlh, answer_fn *fn, void *data)
{
	struct iovec iov = { .iov_base = nlh, .iov_len = nlh->nlmsg_len };

	return bus_request_sendv(bus, socket, &iov, 1, fn, data);
}
