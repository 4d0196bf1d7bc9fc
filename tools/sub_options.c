// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command line of bus-sub
 */
#include "format.h"
#include "option.h"
#include "tool_options.h"
#include "policy.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char sub_usage[] =
	"Usage: bus-sub [OPTION]... PATTERN...\n"
	"Print the messages of all topics that match a PATTERN: '+' stands for one\n"
	"level, '#' at the end for any number of levels.\n"
	"\n"
	"  -n, --count N           exit after N messages\n"
	"      --count-lost        count lost messages as well\n"
	"  -t, --timeout SECONDS   exit after SECONDS; with status 2 if --count\n"
	"                          was not reached\n"
	"  -j, --json              one JSON object per line\n"
	"  -F, --format FORMAT     %t topic, %s sequence, %T time, %p pid, %u uid,\n"
	"                          %k key, %r \"replayed\" or \"new\", %m payload\n"
	"                          (default: \"" FORMAT_DEFAULT "\")\n"
	"  -d, --depth N           limit of the backlog in messages\n"
	"  -b, --bytes N           limit of the backlog in bytes of kernel memory\n"
	"  -o, --overflow POLICY   drop-oldest (default), drop-newest, conflate or\n"
	"                          block\n"
	"  -C, --coalesce US       let a message wait up to US microseconds for others\n"
	"  -R, --replay N          start with up to N messages of each topic's history\n"
	"  -L, --listen            only join the multicast groups: no backlog\n"
	"      --ready[=FD]        write the line \"ready\" to descriptor FD, or\n"
	"                          standard error, when subscribed\n"
	"      --help, --version\n";

static const struct option sub_long[] = {
	{ "count", required_argument, NULL, 'n' },
	{ "count-lost", no_argument, NULL, OPT_COUNT_LOST },
	{ "timeout", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "format", required_argument, NULL, 'F' },
	{ "depth", required_argument, NULL, 'd' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "overflow", required_argument, NULL, 'o' },
	{ "coalesce", required_argument, NULL, 'C' },
	{ "replay", required_argument, NULL, 'R' },
	{ "listen", no_argument, NULL, 'L' },
	{ "ready", optional_argument, NULL, OPT_READY },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static enum parsed sub_overflow(struct sub_options *options)
{
	if (policy_parse(optarg, &options->backlog.overflow))
		return PARSED_RUN;
	return option_wrong(
		"bus-sub",
		"--overflow must be drop-oldest, drop-newest, conflate or block");
}

static enum parsed sub_ready(struct sub_options *options)
{
	uint64_t fd = STDERR_FILENO;

	if (optarg && !option_number(optarg, 0, INT_MAX, &fd))
		return option_wrong(
			"bus-sub",
			"--ready requires a file descriptor's number");
	/* A closed one would soon be a descriptor of libbus. */
	if (fcntl((int)fd, F_GETFD) < 0)
		return option_wrong(
			"bus-sub",
			"the file descriptor of --ready is not open");
	options->ready = true;
	options->ready_fd = (int)fd;
	return PARSED_RUN;
}

static enum parsed sub_limit(const char *text, uint32_t *limit)
{
	if (!option_u32(optarg, limit))
		return option_wrong("bus-sub", text);
	return PARSED_RUN;
}

static enum parsed sub_option(struct sub_options *options, int option)
{
	switch (option) {
	case 'n':
		if (!option_number(optarg, 1, UINT64_MAX, &options->count))
			return option_wrong(
				"bus-sub",
				"--count requires a number, 1 or more");
		return PARSED_RUN;
	case OPT_COUNT_LOST:
		options->count_lost = true;
		return PARSED_RUN;
	case 't':
		if (!option_seconds(optarg, &options->timeout))
			return option_wrong(
				"bus-sub",
				"--timeout requires seconds, 0 or more");
		return PARSED_RUN;
	case 'j':
		options->json = true;
		return PARSED_RUN;
	case 'F':
		options->format = optarg;
		if (!format_check(optarg))
			return option_wrong(
				"bus-sub",
				"--format supports %t %s %T %p %u %k %r %m and %%");
		return PARSED_RUN;
	case 'd':
		return sub_limit("--depth requires a number, 1 or more",
				 &options->backlog.messages);
	case 'b':
		return sub_limit("--bytes requires a number, 1 to 4294967295",
				 &options->backlog.bytes);
	case 'o':
		return sub_overflow(options);
	case 'C':
		return sub_limit(
			"--coalesce requires microseconds, 1 to 1000000",
			&options->backlog.coalesce_us);
	case 'R':
		return sub_limit("--replay requires a number, 1 or more",
				 &options->replay);
	case 'L':
		options->listen = true;
		return PARSED_RUN;
	case OPT_READY:
		return sub_ready(options);
	case 'h':
		return option_help(sub_usage);
	case OPT_VERSION:
		return option_version("bus-sub");
	default:
		return option_unknown("bus-sub");
	}
}

enum parsed sub_options_parse(struct sub_options *options, int argc,
			      char **argv)
{
	enum parsed parsed;
	int option;

	*options = (struct sub_options){
		.timeout = -1,
		.backlog.size = sizeof(options->backlog),
	};
	optind = 0;
	while ((option = getopt_long(argc, argv, "n:t:jF:d:b:o:C:R:L", sub_long,
				     NULL)) != -1) {
		parsed = sub_option(options, option);
		if (parsed != PARSED_RUN)
			return parsed;
	}
	options->topics = argv + optind;
	options->topic_count = argc - optind;
	if (!options->topic_count)
		return option_wrong("bus-sub", "name a topic or a pattern");
	if (options->count_lost && !options->count)
		return option_wrong("bus-sub", "--count-lost requires --count");
	if (options->json && options->format)
		return option_wrong("bus-sub",
				    "choose one of --json and --format");
	if (options->listen && options->replay)
		return option_wrong("bus-sub",
				    "--replay cannot be used with --listen");
	if (!options->format)
		options->format = FORMAT_DEFAULT;
	return PARSED_RUN;
}
