// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random changes of devices and addresses, made by ip
 */
#include "guest_test.h"
#include "netdev.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#define DEVICES 10
/* The maximum number of addresses of a family on a device. */
#define ADDRESSES 4

enum kind {
	NOTHING,
	DUMMY,
	VETH,
	BRIDGE,
};

/* A device that the test has created. */
struct device {
	enum kind kind;
	int space;
	char name[IFNAMSIZ];
	/* VETH: index of the other end */
	int peer;
};

static struct space *spaces;
static struct device devices[DEVICES];
static unsigned int seed;
static posix_spawn_file_actions_t quietly;

static int number(int below)
{
	return rand_r(&seed) / 7 % below;
}

/* Runs ip with these arguments in a namespace. */
static bool ip(int space, const char *const words[])
{
	extern char **environ;
	const char *argv[24] = { "ip" };
	int status;
	pid_t pid;
	int i = 0;

	while (words[i]) {
		argv[i + 1] = words[i];
		i++;
	}
	enter_space(&spaces[space]);
	assert_int_equal(posix_spawn(&pid, "/usr/bin/ip", &quietly, NULL,
				     (char *const *)argv, environ),
			 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (i = 0; i < SPACES; i++)
		drain_space(&spaces[i]);
	return !status;
}

#define IP(space, ...) ip(space, (const char *const[]){ __VA_ARGS__, NULL })

static int place(enum kind kind)
{
	int i;

	for (i = 0; i < DEVICES; i++)
		if (devices[i].kind == kind)
			return i;
	return -1;
}

static void new_name(char *name)
{
	static int count;

	snprintf(name, IFNAMSIZ, number(8) ? "dev%d" : "d\\\xff\xc3\xa9%d",
		 count++);
}

static struct device *new_device(enum kind kind, int space)
{
	int i = place(NOTHING);

	if (i < 0)
		return NULL;
	devices[i] = (struct device){ .kind = kind, .space = space };
	new_name(devices[i].name);
	return &devices[i];
}

static bool add_dummy(void)
{
	struct device *device = new_device(DUMMY, number(SPACES));

	return device &&
	       IP(device->space, "link", "add", device->name, "type", "dummy");
}

static bool add_bridge(void)
{
	struct device *device;

	if (place(BRIDGE) >= 0)
		return false;
	device = new_device(BRIDGE, 0);
	return device && IP(0, "link", "add", device->name, "type", "bridge");
}

static bool add_veth(void)
{
	struct device *device = new_device(VETH, number(SPACES));
	struct device *peer;

	if (!device)
		return false;
	peer = new_device(VETH, device->space);
	if (!peer) {
		device->kind = NOTHING;
		return false;
	}
	device->peer = peer - devices;
	peer->peer = device - devices;
	return IP(device->space, "link", "add", device->name, "type", "veth",
		  "peer", "name", peer->name);
}

static bool delete (struct device *device)
{
	if (device->kind == VETH)
		devices[device->peer].kind = NOTHING;
	device->kind = NOTHING;
	return IP(device->space, "link", "del", device->name);
}

static bool rename_device(struct device *device)
{
	char name[IFNAMSIZ];

	new_name(name);
	/* Some kernels refuse it while the device is up. */
	if (!IP(device->space, "link", "set", device->name, "name", name))
		return false;
	strcpy(device->name, name);
	return true;
}

static bool move(struct device *device)
{
	char path[32];

	if (device->kind == BRIDGE)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d",
		 spaces[!device->space].fd);
	if (!IP(device->space, "link", "set", device->name, "netns", path))
		return false;
	device->space = !device->space;
	return true;
}

static bool set(struct device *device)
{
	char value[32];

	switch (number(3)) {
	case 0:
		snprintf(value, sizeof(value), "%d", 1300 + number(200));
		return IP(device->space, "link", "set", device->name, "mtu",
			  value);
	case 1:
		snprintf(value, sizeof(value), "02:00:00:00:00:%02x",
			 number(256));
		return IP(device->space, "link", "set", device->name, "address",
			  value);
	default:
		return device->kind == DUMMY &&
		       IP(device->space, "link", "set", device->name, "carrier",
			  number(2) ? "on" : "off");
	}
}

static bool set_master(struct device *device)
{
	int bridge = place(BRIDGE);

	if (bridge < 0 || device->space || device->kind == BRIDGE)
		return false;
	if (number(3) == 0)
		return IP(0, "link", "set", device->name, "nomaster");
	return IP(0, "link", "set", device->name, "master",
		  devices[bridge].name);
}

/* Some are in the same subnet, as secondary addresses. */
static bool change_ipv4(struct device *device)
{
	char text[32];
	char peer[32];

	snprintf(text, sizeof(text), "192.0.2.%d/%d", 1 + number(ADDRESSES),
		 number(4) ? 24 : 25);
	switch (number(8)) {
	case 0:
	case 1:
		return IP(device->space, "addr", "del", text, "dev",
			  device->name);
	case 2:
		/* A change of lifetime calls no notifier. */
		return IP(device->space, "addr", "replace", text, "dev",
			  device->name, "valid_lft", "5000", "preferred_lft",
			  number(2) ? "1000" : "2000");
	case 3:
		snprintf(peer, sizeof(peer), "198.51.100.%d/32",
			 number(ADDRESSES));
		*strchr(text, '/') = 0;
		return IP(device->space, "addr", "add", text, "peer", peer,
			  "dev", device->name, "scope", "link");
	default:
		return IP(device->space, "addr", "add", text, "brd", "+", "dev",
			  device->name);
	}
}

/* rtnetlink reports the address a little later. */
static void await_ipv6(struct space *space, const char *text)
{
	char words[64];
	size_t i;
	int tries;

	snprintf(words, sizeof(words), " %s/64 ", text);
	for (tries = 0; tries < PATIENCE_MS / 10; tries++) {
		for (i = space->monitored.addresses.count; i > 0; i--) {
			const struct line *line =
				&space->monitored.addresses.lines[i - 1];

			if (!strstr(line->key, words))
				continue;
			if (line->state[0] == '+')
				return;
			break;
		}
		usleep(10000);
		drain_space(space);
	}
	fail_msg("rtnetlink never told of %s", text);
}

static bool change_ipv6(struct device *device)
{
	char text[48];

	/* Each device has its own, so that the address identifies it. */
	snprintf(text, sizeof(text), "2001:db8:%d::%d/64",
		 (int)(device - devices) + 1, 1 + number(ADDRESSES));
	if (number(3) == 0)
		return IP(device->space, "addr", "del", text, "dev",
			  device->name);
	if (!IP(device->space, "addr", "add", text, "dev", device->name,
		"nodad"))
		return false;
	*strchr(text, '/') = 0;
	await_ipv6(&spaces[device->space], text);
	return true;
}

static bool change_device(struct device *device)
{
	if (device->kind == NOTHING)
		return false;
	switch (number(20)) {
	case 0:
		return delete (device);
	case 1:
	case 2:
		return rename_device(device);
	case 3:
	case 4:
		return move(device);
	case 5:
	case 6:
	case 7:
		return set(device);
	case 8:
		return set_master(device);
	case 9:
	case 10:
	case 11:
		return IP(device->space, "link", "set", device->name,
			  number(3) ? "up" : "down");
	case 12:
	case 13:
	case 14:
	case 15:
	case 16:
		return change_ipv4(device);
	default:
		return change_ipv6(device);
	}
}

bool change(void)
{
	switch (number(12)) {
	case 0:
		return add_dummy();
	case 1:
		return add_veth();
	case 2:
		return add_bridge();
	default:
		return change_device(&devices[number(DEVICES)]);
	}
}

/**
 * begin_changes() - begin, in these network namespaces
 */
void begin_changes(struct space *where, unsigned int from_seed)
{
	int i;

	spaces = where;
	seed = from_seed;
	/* Some changes are not possible. */
	posix_spawn_file_actions_init(&quietly);
	posix_spawn_file_actions_addopen(&quietly, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	for (i = 0; i < SPACES; i++)
		assert_true(IP(i, "link", "set", "lo", "up"));
}

/**
 * end_changes() - remove the devices that are left
 */
void end_changes(void)
{
	int i;

	for (i = 0; i < DEVICES; i++)
		if (devices[i].kind != NOTHING)
			assert_true(delete (&devices[i]));
	posix_spawn_file_actions_destroy(&quietly);
}
