// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of systemd that dbus-broker-launch expects, for a guest without
 * systemd
 */
#include "systemd.h"

#include "../system.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#define JOURNAL "/run/systemd/journal/socket"
#define MACHINE_ID "/etc/machine-id"

static int journal = -1;
static bool made_machine_id;

static int bound(int type, const char *path)
{
	struct sockaddr_un address = { AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	system_fail_errno(path);
	close(fd);
	return -1;
}

static int make_machine_id(void)
{
	char text[SD_ID128_STRING_MAX];
	sd_id128_t id;
	FILE *file;

	if (sd_id128_randomize(&id) < 0)
		return system_fail("no random machine id");
	file = fopen(MACHINE_ID, "wx");
	if (!file)
		return system_fail_errno(MACHINE_ID);
	made_machine_id = true;
	fprintf(file, "%s\n", sd_id128_to_string(id, text));
	return fclose(file) ? system_fail_errno(MACHINE_ID) : 0;
}

int systemd_stand_in(void)
{
	if (access(JOURNAL, F_OK)) {
		mkdir("/run", 0755);
		mkdir("/run/systemd", 0755);
		mkdir("/run/systemd/journal", 0755);
		journal = bound(SOCK_DGRAM | SOCK_CLOEXEC, JOURNAL);
		if (journal < 0)
			return -1;
	}
	return access(MACHINE_ID, F_OK) ? make_machine_id() : 0;
}

void systemd_stand_down(void)
{
	if (journal >= 0) {
		close(journal);
		unlink(JOURNAL);
		rmdir("/run/systemd/journal");
	}
	journal = -1;
	if (made_machine_id)
		unlink(MACHINE_ID);
	made_machine_id = false;
}

int systemd_listen(const char *path)
{
	int fd = bound(SOCK_STREAM, path);

	if (fd >= 0 && listen(fd, SOMAXCONN)) {
		close(fd);
		return system_fail_errno("listen");
	}
	return fd;
}
