// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command line of bus-topic
 */
#include "access.h"
#include "option.h"
#include "tool_options.h"

#include <string.h>

/* The interval must be long compared with the time that a sample takes. */
#define INTERVAL_MIN 0.001

static const char topic_usage[] =
	"Usage: bus-topic create NAME [OPTION]...\n"
	"       bus-topic change NAME [--mode M] [--owner U[:G]]\n"
	"       bus-topic delete NAME\n"
	"       bus-topic list [-j]\n"
	"       bus-topic show NAME [-j]\n"
	"       bus-topic stats [NAME] [-i SECONDS] [-n N] [-j]\n"
	"\n"
	"      --mode M            permissions, like the mode of a file: 0640\n"
	"      --owner U[:G]       owner and group; :G is the group only\n"
	"      --type FULL.NAME    Protocol Buffers type of the payloads\n"
	"      --history N         keep the last N messages for later subscribers\n"
	"      --history-bytes N   limit the history to N bytes of kernel memory\n"
	"      --allow-block       let subscribers make publishers wait\n"
	"  -i, --interval SECONDS  time between two samples (default: 1)\n"
	"  -n, --count N           report N times (default: once; 0: no limit)\n"
	"  -j, --json              one JSON object per line\n"
	"      --help, --version\n";

static const struct option topic_long[] = {
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "json", no_argument, NULL, 'j' },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "owner", required_argument, NULL, OPT_OWNER },
	{ "history", required_argument, NULL, OPT_HISTORY },
	{ "history-bytes", required_argument, NULL, OPT_HISTORY_BYTES },
	{ "allow-block", no_argument, NULL, OPT_ALLOW_BLOCK },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static const struct {
	const char *name;
	enum topic_command command;
} topic_commands[] = {
	{ "create", TOPIC_CREATE }, { "change", TOPIC_CHANGE },
	{ "delete", TOPIC_DELETE }, { "list", TOPIC_LIST },
	{ "show", TOPIC_SHOW },	    { "stats", TOPIC_STATS },
};

static bool topic_command(struct topic_options *options, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(topic_commands) / sizeof(*topic_commands); i++)
		if (!strcmp(topic_commands[i].name, name)) {
			options->command = topic_commands[i].command;
			return true;
		}
	return false;
}

static enum parsed topic_option(struct topic_options *options, int option)
{
	switch (option) {
	case OPT_TYPE:
		options->create.type = optarg;
		return PARSED_RUN;
	case OPT_HISTORY:
		if (!option_u32(optarg, &options->create.history))
			return option_wrong(
				"bus-topic",
				"--history requires a number, 1 or more");
		return PARSED_RUN;
	case OPT_HISTORY_BYTES:
		if (!option_u32(optarg, &options->create.history_bytes))
			return option_wrong(
				"bus-topic",
				"--history-bytes requires a number, 1 or more");
		return PARSED_RUN;
	case OPT_MODE:
		if (!access_parse_mode(&options->create.access, optarg))
			return option_wrong(
				"bus-topic",
				"--mode requires octal digits, 0666 at most");
		return PARSED_RUN;
	case OPT_OWNER:
		if (!access_parse_owner(&options->create.access, optarg))
			return option_wrong(
				"bus-topic",
				"--owner requires USER, USER:GROUP or :GROUP, as existing names or numbers");
		return PARSED_RUN;
	case OPT_ALLOW_BLOCK:
		options->create.allow_block = true;
		return PARSED_RUN;
	case 'i':
		options->repeats = true;
		if (!option_seconds(optarg, &options->interval) ||
		    options->interval < INTERVAL_MIN)
			return option_wrong(
				"bus-topic",
				"--interval requires seconds, 0.001 or more");
		return PARSED_RUN;
	case 'n':
		options->repeats = true;
		if (!option_number(optarg, 0, UINT64_MAX, &options->count))
			return option_wrong("bus-topic",
					    "--count requires a number");
		return PARSED_RUN;
	case 'j':
		options->json = true;
		return PARSED_RUN;
	case 'h':
		return option_help(topic_usage);
	case OPT_VERSION:
		return option_version("bus-topic");
	default:
		return option_unknown("bus-topic");
	}
}

static enum parsed topic_check(const struct topic_options *options, int rest)
{
	const struct bus_topic_options *create = &options->create;
	bool listing = options->command == TOPIC_LIST ||
		       options->command == TOPIC_SHOW ||
		       options->command == TOPIC_STATS;

	if (options->command != TOPIC_LIST && options->command != TOPIC_STATS &&
	    !options->topic)
		return option_wrong("bus-topic", "name a topic");
	if (rest)
		return option_wrong("bus-topic", "too many arguments");
	if (options->command != TOPIC_CREATE &&
	    (create->type || create->history || create->history_bytes ||
	     create->allow_block))
		return option_wrong(
			"bus-topic",
			"--type, --history and --allow-block can only be used with create");
	if (create->history_bytes && !create->history)
		return option_wrong("bus-topic",
				    "--history-bytes requires --history");
	if (options->command == TOPIC_CHANGE && !create->access.set)
		return option_wrong(
			"bus-topic",
			"nothing to change: give --mode or --owner");
	if (options->command != TOPIC_CHANGE &&
	    options->command != TOPIC_CREATE && create->access.set)
		return option_wrong(
			"bus-topic",
			"--mode and --owner can only be used with create and change");
	if (options->json && !listing)
		return option_wrong(
			"bus-topic",
			"--json can only be used with list, show and stats");
	if (options->repeats && options->command != TOPIC_STATS)
		return option_wrong(
			"bus-topic",
			"--interval and --count can only be used with stats");
	return PARSED_RUN;
}

enum parsed topic_options_parse(struct topic_options *options, int argc,
				char **argv)
{
	enum parsed parsed;
	int option;

	*options = (struct topic_options){
		.interval = 1,
		.count = 1,
		.create.size = sizeof(options->create),
		.create.access.size = sizeof(options->create.access),
	};
	optind = 0;
	while ((option = getopt_long(argc, argv, "ji:n:", topic_long, NULL)) !=
	       -1) {
		parsed = topic_option(options, option);
		if (parsed != PARSED_RUN)
			return parsed;
	}
	if (optind == argc || !topic_command(options, argv[optind]))
		return option_wrong(
			"bus-topic",
			"give a command: create, change, delete, list, show or stats");
	optind++;
	if (optind < argc && options->command != TOPIC_LIST)
		options->topic = argv[optind++];
	return topic_check(options, argc - optind);
}
