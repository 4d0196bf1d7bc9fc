// SPDX-License-Identifier: GPL-2.0-only
#include "actor.h"

#include "guest_test.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/netlink.h>

#define SIZE_MAX_ 16384

static struct bus *publisher;
static struct bus *slots[ACTOR_SLOTS];

static int create(const struct command *command)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.history = command->history,
		.allow_block = command->allow_block,
	};

	return bus_topic_create(publisher, command->name, &options);
}

static int publish_payload(const struct command *command,
			   struct bus_result *result)
{
	const struct bus_publish_options options = {
		.size = sizeof(options),
		.flags = BUS_NO_CREATE,
		.key = &command->key,
		.key_size = command->key ? 1 : 0,
		.result = result,
	};
	static char payload[SIZE_MAX_];

	memcpy(payload, &command->id, sizeof(command->id));
	return bus_publish(publisher, command->name, payload, command->size,
			   &options);
}

static void close_slot(struct bus **slot)
{
	bus_close(*slot);
	*slot = NULL;
}

/* The first subscription opens the socket; nobody uses this name. */
static int open_slot(struct bus **slot, const struct command *command,
		     uint32_t *portid)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = command->depth,
		.overflow = command->overflow,
	};
	struct sockaddr_nl address;
	socklen_t size = sizeof(address);

	close_slot(slot);
	*slot = open_bus();
	assert_bus_ok(*slot, bus_set_backlog(*slot, &backlog));
	assert_bus_ok(*slot, bus_subscribe(*slot, "nobody/uses/this"));
	if (command->small)
		shrink_socket(*slot);
	assert_int_equal(getsockname(bus_fd(*slot), (void *)&address, &size),
			 0);
	*portid = address.nl_pid;
	return 0;
}

static int subscribe(struct bus *bus, const struct command *command)
{
	if (command->replay)
		return bus_subscribe_replay(bus, command->name,
					    command->replay);
	return bus_subscribe(bus, command->name);
}

static void take(struct item *item, const struct bus_message *message)
{
	*item = (struct item){
		.gap = message->kind == BUS_GAP,
		.seq = message->kind == BUS_GAP ? message->first_seq :
						  message->seq,
		.last = message->last_seq,
		.key = message->key_size ? *(const char *)message->key : 0,
		.replayed = message->replayed,
		.pid = (pid_t)message->pid,
	};
	snprintf(item->name, sizeof(item->name), "%s", message->topic);
	if (item->gap)
		assert_int_equal(message->count, item->last - item->seq + 1);
	else
		memcpy(&item->id, message->payload, sizeof(item->id));
}

static int read_items(struct bus *bus, unsigned int count, struct reply *reply)
{
	const struct bus_message *message;
	int err = 0;

	while (reply->items < count && reply->items < ITEMS_MAX && !err) {
		err = bus_receive(bus, &message, 0);
		if (!err)
			take(&reply->item[reply->items++], message);
	}
	return err == -EAGAIN ? 0 : err;
}

static int obey(const struct command *command, struct reply *reply)
{
	struct bus **slot = &slots[command->slot];

	switch (command->order) {
	case CREATE:
		return create(command);
	case DELETE:
		return bus_topic_delete(publisher, command->name);
	case OPEN:
		return open_slot(slot, command, &reply->portid);
	case CLOSE:
		close_slot(slot);
		return 0;
	case SUBSCRIBE:
		return subscribe(*slot, command);
	case UNSUBSCRIBE:
		return bus_unsubscribe(*slot, command->name);
	case PUBLISH:
		reply->result.size = sizeof(reply->result);
		return publish_payload(command, &reply->result);
	case READ:
		return read_items(*slot, command->count, reply);
	}
	return -EINVAL;
}

static void act(int fd)
{
	static struct command command;
	static struct reply reply;

	publisher = open_bus();
	while (recv(fd, &command, sizeof(command), 0) == sizeof(command)) {
		memset(&reply, 0, sizeof(reply));
		reply.err = obey(&command, &reply);
		if (send(fd, &reply, sizeof(reply), 0) != sizeof(reply))
			break;
	}
}

void actor_start(struct actor *actor)
{
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	actor->fd = fds[0];
	actor->pid = fork();
	if (actor->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[0]);
		act(fds[1]);
		_exit(0);
	}
	close(fds[1]);
}

void actor_kill(struct actor *actor)
{
	kill(actor->pid, SIGKILL);
	waitpid(actor->pid, NULL, 0);
	close(actor->fd);
}

void actor_ask(struct actor *actor, const struct command *command,
	       struct reply *reply)
{
	assert_int_equal(send(actor->fd, command, sizeof(*command),
			      MSG_NOSIGNAL),
			 sizeof(*command));
	assert_int_equal(recv(actor->fd, reply, sizeof(*reply), 0),
			 sizeof(*reply));
}
