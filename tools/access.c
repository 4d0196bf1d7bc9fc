// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners and modes, as people write and read them
 */
#include "access.h"

#include "option.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Octal digits alone, as chmod(1) takes them; false if it is no such mode. */
bool access_parse_mode(struct bus_topic_access *access, const char *text)
{
	size_t len = strlen(text);

	if (!len || len > 4 || strspn(text, "01234567") != len)
		return false;
	access->mode = (uint32_t)strtoul(text, NULL, 8);
	access->set |= BUS_SET_MODE;
	return !(access->mode & ~0666U);
}

/* Below what stands for no user and no group. */
static bool parse_id(const char *text, uint32_t *id)
{
	uint64_t number;

	if (!option_number(text, 0, UINT32_MAX - 1, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

static bool parse_user(const char *text, uint32_t *uid)
{
	const struct passwd *user = getpwnam(text);

	if (user)
		*uid = user->pw_uid;
	return user || parse_id(text, uid);
}

static bool parse_group(const char *text, uint32_t *gid)
{
	const struct group *group = getgrnam(text);

	if (group)
		*gid = group->gr_gid;
	return group || parse_id(text, gid);
}

/* USER, USER:GROUP or :GROUP, names or numbers; false if there is none such. */
bool access_parse_owner(struct bus_topic_access *access, const char *text)
{
	const char *colon = strchr(text, ':');
	char *user =
		colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	bool good = user && (user[0] || (colon && colon[1]));

	if (good && user[0]) {
		good = parse_user(user, &access->uid);
		access->set |= BUS_SET_UID;
	}
	if (good && colon) {
		good = parse_group(colon + 1, &access->gid);
		access->set |= BUS_SET_GID;
	}
	free(user);
	return good;
}

/* @name has ACCESS_NAME_SIZE bytes. */
void access_user_name(char *name, uint32_t uid)
{
	const struct passwd *user = getpwuid(uid);

	if (user && strlen(user->pw_name) < ACCESS_NAME_SIZE)
		strcpy(name, user->pw_name);
	else
		snprintf(name, ACCESS_NAME_SIZE, "%" PRIu32, uid);
}

void access_group_name(char *name, uint32_t gid)
{
	const struct group *group = getgrgid(gid);

	if (group && strlen(group->gr_name) < ACCESS_NAME_SIZE)
		strcpy(name, group->gr_name);
	else
		snprintf(name, ACCESS_NAME_SIZE, "%" PRIu32, gid);
}
