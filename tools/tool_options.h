/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include "bus.h"

#include <stdbool.h>
#include <stdint.h>

/* Result of parsing a command line. */
enum parsed {
	PARSED_RUN,   /* run with these options */
	PARSED_DONE,  /* help or version was requested and printed */
	PARSED_WRONG, /* an error was printed */
};

enum pub_source {
	PUB_FIELDS, /* name=value arguments, a text, or both */
	PUB_LINES,
	PUB_JSON, /* the argument, or standard input if it is NULL */
	PUB_FILE,
};

struct pub_options {
	const char *topic;
	enum pub_source source;
	const char *message;
	const char *json;
	const char *file;
	char **fields;
	int field_count;
	uint64_t repeat;
	double interval; /* seconds */
	const char *key;
	int wait_ms;
	bool keep_going;
	bool verbose;
};

struct sub_options {
	char **topics;
	int topic_count;
	uint64_t count;	 /* 0: no end */
	bool count_lost; /* count messages reported as lost as well */
	double timeout;	 /* seconds; negative: none */
	bool json;
	bool listen;
	bool ready;   /* say when it is subscribed */
	int ready_fd; /* where */
	const char *format;
	struct bus_backlog backlog;
	uint32_t replay;
};

enum topic_command {
	TOPIC_CREATE,
	TOPIC_CHANGE,
	TOPIC_DELETE,
	TOPIC_LIST,
	TOPIC_SHOW,
	TOPIC_STATS,
};

struct topic_options {
	enum topic_command command;
	const char *topic;
	struct bus_topic_options create;
	bool json;
	double interval; /* seconds */
	uint64_t count;	 /* 0: no end */
	bool repeats;	 /* interval or count was given */
};

enum parsed pub_options_parse(struct pub_options *options, int argc,
			      char **argv);
enum parsed sub_options_parse(struct sub_options *options, int argc,
			      char **argv);
enum parsed topic_options_parse(struct topic_options *options, int argc,
				char **argv);

#endif /* TOOL_OPTIONS_H */
