// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command line of bus-pub
 */
#include "option.h"
#include "tool_options.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define KEY_MAX_TEXT OPTION_TEXT(BUS_KEY_MAX)

static const char pub_usage[] =
	"Usage: bus-pub [OPTION]... TOPIC [NAME=VALUE]...\n"
	"Publish an event with the given fields on TOPIC.\n"
	"\n"
	"  -m, --message TEXT      the event's text\n"
	"  -l, --lines             publish one event per line of standard input\n"
	"  -j, --json              publish one event per line of standard input, each a\n"
	"                          JSON object, or the object given as the argument\n"
	"      --keep-going        continue after a line that cannot be published\n"
	"  -f, --file FILE         publish the contents of FILE; -: standard input\n"
	"  -n, --repeat N          publish the message N times\n"
	"  -i, --interval SECONDS  wait this long between two messages\n"
	"  -k, --key KEY           the key of the messages\n"
	"  -w, --wait SECONDS      how long to wait for blocking subscribers\n"
	"                          (default: not at all)\n"
	"  -v, --verbose           print the sequence number of each message, and\n"
	"                          how many subscribers received or lost it\n"
	"      --help, --version\n"
	"\n"
	"The type of a VALUE is inferred: a bool (true, false), a number or a string.\n"
	"NAME:TYPE=VALUE specifies it: bool, int, uint, double, string, or bytes or\n"
	"string_b64, both in base64.\n";

static const struct option pub_long[] = {
	{ "message", required_argument, NULL, 'm' },
	{ "lines", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "keep-going", no_argument, NULL, OPT_KEEP_GOING },
	{ "file", required_argument, NULL, 'f' },
	{ "repeat", required_argument, NULL, 'n' },
	{ "interval", required_argument, NULL, 'i' },
	{ "key", required_argument, NULL, 'k' },
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
		return option_wrong("bus-pub",
				    "choose one of --lines, --json and --file");
	options->source = source;
	return PARSED_RUN;
}

/* A time that is too long for an int means no limit. */
static enum parsed pub_wait(struct pub_options *options)
{
	double seconds;

	if (!option_seconds(optarg, &seconds))
		return option_wrong("bus-pub",
				    "--wait requires seconds, 0 or more");
	options->wait_ms =
		seconds < INT_MAX / 1000 ? (int)ceil(seconds * 1000) : -1;
	return PARSED_RUN;
}

static enum parsed pub_key(struct pub_options *options)
{
	size_t size = strlen(optarg);

	if (!size || size > BUS_KEY_MAX)
		return option_wrong("bus-pub",
				    "--key requires 1 to " KEY_MAX_TEXT
				    " bytes");
	options->key = optarg;
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
		if (!option_number(optarg, 1, UINT64_MAX, &options->repeat))
			return option_wrong(
				"bus-pub",
				"--repeat requires a number, 1 or more");
		return PARSED_RUN;
	case 'i':
		if (!option_seconds(optarg, &options->interval))
			return option_wrong(
				"bus-pub",
				"--interval requires seconds, 0 or more");
		return PARSED_RUN;
	case 'k':
		return pub_key(options);
	case 'w':
		return pub_wait(options);
	case OPT_KEEP_GOING:
		options->keep_going = true;
		return PARSED_RUN;
	case 'v':
		options->verbose = true;
		return PARSED_RUN;
	case 'h':
		return option_help(pub_usage);
	case OPT_VERSION:
		return option_version("bus-pub");
	default:
		return option_unknown("bus-pub");
	}
}

static enum parsed pub_check(const struct pub_options *options)
{
	bool input = options->source == PUB_LINES ||
		     (options->source == PUB_JSON && !options->json);

	if (!options->topic)
		return option_wrong("bus-pub", "name a topic");
	if (options->source != PUB_FIELDS && options->field_count)
		return option_wrong(
			"bus-pub",
			"NAME=VALUE cannot be used with --lines, --json or --file");
	if (options->message &&
	    (options->source == PUB_LINES || options->source == PUB_FILE))
		return option_wrong(
			"bus-pub",
			"--message cannot be used with --lines or --file");
	if (options->source == PUB_FIELDS && !options->field_count &&
	    !options->message)
		return option_wrong(
			"bus-pub",
			"nothing to publish: give NAME=VALUE, --message, --lines, --json or --file");
	if (options->keep_going && !input)
		return option_wrong(
			"bus-pub",
			"--keep-going requires --lines, or --json from standard input");
	if (input && options->repeat > 1)
		return option_wrong(
			"bus-pub",
			"--repeat cannot be used with lines of standard input");
	return PARSED_RUN;
}

enum parsed pub_options_parse(struct pub_options *options, int argc,
			      char **argv)
{
	enum parsed parsed;
	int option;

	*options = (struct pub_options){ .repeat = 1 };
	optind = 0;
	while ((option = getopt_long(argc, argv, "m:ljf:n:i:k:w:v", pub_long,
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
