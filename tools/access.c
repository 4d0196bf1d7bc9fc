// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parsing and formatting of owners and modes
 */
#include "access.h"

#include "option.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses an octal mode, as for chmod(1). Returns false if it is not valid. */
bool access_parse_mode(struct bus_topic_access *access, const char *text)
{
	size_t len = strlen(text);

	if (!len || len > 4 || strspn(text, "01234567") != len)
		return false;
	access->mode = (uint32_t)strtoul(text, NULL, 8);
	access->set |= BUS_SET_MODE;
	return !(access->mode & ~0666U);
}

/* UINT32_MAX is excluded: it stands for no user and no group. */
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

/*
 * Parses USER, USER:GROUP or :GROUP, as names or numbers. Returns false if it
 * is ill-formed or a name does not exist.
 */
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

/* @name is a buffer of ACCESS_NAME_SIZE bytes. */
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
