// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tools' command lines
 */
#include "options.h"
#include "format.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 1e9

/* Options that have no letter. */
enum long_only {
	OPT_VERSION = 256,
	OPT_TYPE,
	OPT_MODE,
	OPT_OWNER,
	OPT_HISTORY,
	OPT_ALLOW_BLOCK,
	OPT_DESCRIPTOR_SET,
};

static const char pub_usage[] =
	"Usage: bus-pub [OPTION]... TOPIC [NAME=VALUE]...\n"
	"Publish an event with these fields on TOPIC.\n"
	"\n"
	"  -m, --message TEXT      the event's text\n"
	"  -l, --lines             one event per line of standard input\n"
	"  -j, --json              one JSON object per line of standard input, or\n"
	"                          the object given as the argument\n"
	"  -f, --file FILE         the file's bytes as they are; -: standard input\n"
	"  -n, --repeat N          publish it N times\n"
	"  -i, --interval SECONDS  wait that long between two messages\n"
	"      --help, --version\n"
	"\n"
	"A VALUE is a bool (true, false), a number or a string, as it looks;\n"
	"NAME:TYPE=VALUE says which: bool, int, uint, double, string.\n";

static const char sub_usage[] =
	"Usage: bus-sub [OPTION]... TOPIC...\n"
	"Print the messages of each TOPIC.\n"
	"\n"
	"  -n, --count N           exit after N messages\n"
	"  -t, --timeout SECONDS   exit after SECONDS; with status 2 if that is\n"
	"                          before N messages\n"
	"  -j, --json              one JSON object per line\n"
	"  -F, --format FORMAT     %t topic, %s sequence, %T time, %p pid, %u uid,\n"
	"                          %m payload (default: \"" FORMAT_DEFAULT "\")\n"
	"  -d, --depth N           backlog in messages\n"
	"  -b, --bytes N           backlog in bytes of kernel memory\n"
	"  -o, --overflow POLICY   drop-oldest (default) or drop-newest\n"
	"  -L, --listen            join the groups only: no backlog\n"
	"      --help, --version\n";

static const char topic_usage[] =
	"Usage: bus-topic create NAME [--type FULL.NAME]\n"
	"       bus-topic delete NAME\n"
	"       bus-topic list [-j]\n"
	"       bus-topic show NAME [-j]\n"
	"\n"
	"      --type FULL.NAME    Protocol Buffers type of the payloads\n"
	"  -j, --json              one JSON object per line\n"
	"      --help, --version\n";

static enum parsed wrong(const char *tool, const char *text)
{
	fprintf(stderr, "%s: %s\nTry '%s --help'.\n", tool, text, tool);
	return PARSED_WRONG;
}

/* What getopt_long() complained of itself, and what is not served yet. */
static enum parsed unknown(const char *tool, int option)
{
	switch (option) {
	case 'w':
	case 'v':
	case 'R':
	case OPT_MODE:
	case OPT_OWNER:
	case OPT_HISTORY:
	case OPT_ALLOW_BLOCK:
	case OPT_DESCRIPTOR_SET:
		return wrong(tool, "this version has no such option yet");
	default:
		fprintf(stderr, "Try '%s --help'.\n", tool);
		return PARSED_WRONG;
	}
}

static enum parsed print(const char *text)
{
	fputs(text, stdout);
	return PARSED_DONE;
}

static enum parsed print_version(const char *tool)
{
	printf("%s (kbus) %s\n", tool, KBUS_VERSION);
	return PARSED_DONE;
}

static bool parse_number(const char *text, uint64_t min, uint64_t max,
			 uint64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && !*end && *number >= min && *number <= max;
}

static bool parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && isfinite(*seconds) && *seconds >= 0 &&
	       *seconds <= SECONDS_MAX;
}

static const struct option pub_long[] = {
	{ "message", required_argument, NULL, 'm' },
	{ "lines", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "file", required_argument, NULL, 'f' },
	{ "repeat", required_argument, NULL, 'n' },
	{ "interval", required_argument, NULL, 'i' },
	{ "wait", required_argument, NULL, 'w' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static enum parsed pub_source(struct pub_options *options,
			      enum pub_source source)
{
	if (options->source != PUB_FIELDS && options->source != source)
		return wrong("bus-pub",
			     "choose one of --lines, --json and --file");
	options->source = source;
	return PARSED_RUN;
}

static enum parsed pub_option(struct pub_options *options, int option)
{
	switch (option) {
	case 'm':
		options->message = optarg;
		return PARSED_RUN;
	case 'l':
		return pub_source(options, PUB_LINES);
	case 'j':
		return pub_source(options, PUB_JSON);
	case 'f':
		options->file = optarg;
		return pub_source(options, PUB_FILE);
	case 'n':
		if (!parse_number(optarg, 1, UINT64_MAX, &options->repeat))
			return wrong("bus-pub",
				     "--repeat wants a number, 1 or more");
		return PARSED_RUN;
	case 'i':
		if (!parse_seconds(optarg, &options->interval))
			return wrong("bus-pub",
				     "--interval wants seconds, 0 or more");
		return PARSED_RUN;
	case 'h':
		return print(pub_usage);
	case OPT_VERSION:
		return print_version("bus-pub");
	default:
		return unknown("bus-pub", option);
	}
}

static enum parsed pub_check(const struct pub_options *options)
{
	bool input = options->source == PUB_LINES ||
		     (options->source == PUB_JSON && !options->json);

	if (!options->topic)
		return wrong("bus-pub", "name a topic");
	if (options->source != PUB_FIELDS && options->field_count)
		return wrong("bus-pub",
			     "NAME=VALUE goes without --lines, --json, --file");
	if (options->message &&
	    (options->source == PUB_LINES || options->source == PUB_FILE))
		return wrong("bus-pub",
			     "--message goes without --lines and --file");
	if (options->source == PUB_FIELDS && !options->field_count &&
	    !options->message)
		return wrong("bus-pub",
			     "nothing to publish: give NAME=VALUE, --message, --lines, --json or --file");
	if (input && options->repeat > 1)
		return wrong("bus-pub",
			     "--repeat goes without lines of standard input");
	return PARSED_RUN;
}

enum parsed pub_options_parse(struct pub_options *options, int argc,
			      char **argv)
{
	enum parsed parsed;
	int option;

	*options = (struct pub_options){ .repeat = 1 };
	optind = 0;
	while ((option = getopt_long(argc, argv, "m:ljf:n:i:w:v", pub_long,
				     NULL)) != -1) {
		parsed = pub_option(options, option);
		if (parsed != PARSED_RUN)
			return parsed;
	}
	if (optind < argc)
		options->topic = argv[optind++];
	if (options->source == PUB_JSON && optind < argc)
		options->json = argv[optind++];
	options->fields = argv + optind;
	options->field_count = argc - optind;
	return pub_check(options);
}

static const struct option sub_long[] = {
	{ "count", required_argument, NULL, 'n' },
	{ "timeout", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "format", required_argument, NULL, 'F' },
	{ "depth", required_argument, NULL, 'd' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "overflow", required_argument, NULL, 'o' },
	{ "replay", required_argument, NULL, 'R' },
	{ "listen", no_argument, NULL, 'L' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static enum parsed sub_overflow(struct sub_options *options)
{
	if (!strcmp(optarg, "drop-oldest"))
		options->backlog.overflow = BUS_DROP_OLDEST;
	else if (!strcmp(optarg, "drop-newest"))
		options->backlog.overflow = BUS_DROP_NEWEST;
	else
		return wrong("bus-sub",
			     "--overflow is drop-oldest or drop-newest in this version");
	return PARSED_RUN;
}

static enum parsed sub_limit(const char *text, uint32_t *limit)
{
	uint64_t number;

	if (!parse_number(optarg, 1, UINT32_MAX, &number))
		return wrong("bus-sub", text);
	*limit = (uint32_t)number;
	return PARSED_RUN;
}

static enum parsed sub_option(struct sub_options *options, int option)
{
	switch (option) {
	case 'n':
		if (!parse_number(optarg, 1, UINT64_MAX, &options->count))
			return wrong("bus-sub",
				     "--count wants a number, 1 or more");
		return PARSED_RUN;
	case 't':
		if (!parse_seconds(optarg, &options->timeout))
			return wrong("bus-sub",
				     "--timeout wants seconds, 0 or more");
		return PARSED_RUN;
	case 'j':
		options->json = true;
		return PARSED_RUN;
	case 'F':
		options->format = optarg;
		if (!format_check(optarg))
			return wrong("bus-sub",
				     "--format knows %t %s %T %p %u %m and %%");
		return PARSED_RUN;
	case 'd':
		return sub_limit("--depth wants a number, 1 or more",
				 &options->backlog.messages);
	case 'b':
		return sub_limit("--bytes wants a number, 1 to 4294967295",
				 &options->backlog.bytes);
	case 'o':
		return sub_overflow(options);
	case 'L':
		options->listen = true;
		return PARSED_RUN;
	case 'h':
		return print(sub_usage);
	case OPT_VERSION:
		return print_version("bus-sub");
	default:
		return unknown("bus-sub", option);
	}
}

enum parsed sub_options_parse(struct sub_options *options, int argc,
			      char **argv)
{
	enum parsed parsed;
	int option;

	*options = (struct sub_options){ .timeout = -1 };
	optind = 0;
	while ((option = getopt_long(argc, argv, "n:t:jF:d:b:o:R:L", sub_long,
				     NULL)) != -1) {
		parsed = sub_option(options, option);
		if (parsed != PARSED_RUN)
			return parsed;
	}
	options->topics = argv + optind;
	options->topic_count = argc - optind;
	if (!options->topic_count)
		return wrong("bus-sub", "name a topic");
	if (options->json && options->format)
		return wrong("bus-sub", "choose one of --json and --format");
	if (!options->format)
		options->format = FORMAT_DEFAULT;
	return PARSED_RUN;
}

static const struct option topic_long[] = {
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "json", no_argument, NULL, 'j' },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "owner", required_argument, NULL, OPT_OWNER },
	{ "history", required_argument, NULL, OPT_HISTORY },
	{ "allow-block", no_argument, NULL, OPT_ALLOW_BLOCK },
	{ "descriptor-set", required_argument, NULL, OPT_DESCRIPTOR_SET },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static const struct {
	const char *name;
	enum topic_command command;
} topic_commands[] = {
	{ "create", TOPIC_CREATE },
	{ "delete", TOPIC_DELETE },
	{ "list", TOPIC_LIST },
	{ "show", TOPIC_SHOW },
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
		options->type = optarg;
		return PARSED_RUN;
	case 'j':
		options->json = true;
		return PARSED_RUN;
	case 'h':
		return print(topic_usage);
	case OPT_VERSION:
		return print_version("bus-topic");
	default:
		return unknown("bus-topic", option);
	}
}

static enum parsed topic_check(const struct topic_options *options, int rest)
{
	bool listing = options->command == TOPIC_LIST ||
		       options->command == TOPIC_SHOW;

	if (options->command != TOPIC_LIST && !options->topic)
		return wrong("bus-topic", "name a topic");
	if (rest)
		return wrong("bus-topic", "too many arguments");
	if (options->type && options->command != TOPIC_CREATE)
		return wrong("bus-topic", "--type goes with create");
	if (options->json && !listing)
		return wrong("bus-topic", "--json goes with list and show");
	return PARSED_RUN;
}

enum parsed topic_options_parse(struct topic_options *options, int argc,
				char **argv)
{
	enum parsed parsed;
	int option;

	*options = (struct topic_options){ 0 };
	optind = 0;
	while ((option = getopt_long(argc, argv, "j", topic_long, NULL)) !=
	       -1) {
		parsed = topic_option(options, option);
		if (parsed != PARSED_RUN)
			return parsed;
	}
	if (optind == argc || !topic_command(options, argv[optind]))
		return wrong("bus-topic", "say create, delete, list or show");
	optind++;
	if (optind < argc && options->command != TOPIC_LIST)
		options->topic = argv[optind++];
	return topic_check(options, argc - optind);
}
