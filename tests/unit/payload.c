// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the user's text to an Event, and to the text printed for it
 */
#include "unit_test.h"

#include "address.pb-c.h"
#include "event.h"
#include "event_json.h"
#include "format.h"
#include "link.pb-c.h"
#include "process.pb-c.h"
#include "payload.h"
#include "sys.pb-c.h"

static char printed[4096];

static FILE *print_file(void)
{
	memset(printed, 0, sizeof(printed));
	return fmemopen(printed, sizeof(printed), "w");
}

/* The message of an event, packed. */
static struct bus_message message_of(const ProtobufCMessage *event)
{
	static uint8_t packed[4096];

	return (struct bus_message){
		.kind = BUS_MESSAGE,
		.topic = "a/b",
		.type = event->descriptor->name,
		.seq = 7,
		.time_ns = 1700000000123456789,
		.pid = 42,
		.uid = 1000,
		.gid = 100,
		.payload = packed,
		.size = protobuf_c_message_pack(event, packed),
	};
}

static void assert_prints(const struct bus_message *message, const char *text)
{
	FILE *file = print_file();

	payload_print(file, message);
	fclose(file);
	assert_string_equal(printed, text);
}

static void assert_prints_json(const struct bus_message *message,
			       const char *text)
{
	json_t *expected = json_loads(text, 0, NULL);
	json_t *actual;
	FILE *file = print_file();

	assert_non_null(expected);
	assert_true(format_json(file, message));
	fclose(file);
	actual = json_loads(printed, 0, NULL);
	assert_non_null(actual);
	if (!json_equal(expected, actual))
		fail_msg("%s", printed);
	json_decref(expected);
	json_decref(actual);
}

static Whole__Event *event_of(const char *const *arguments)
{
	Whole__Event *event = event_new();
	const char *fault;

	for (; *arguments; arguments++)
		if (!event_add_argument(event, *arguments, &fault))
			fail_msg("%s: %s", *arguments, fault);
	return event;
}

static void values_are_what_they_look_like(void **state)
{
	static const char *const arguments[] = {
		"a=true",   "b=-5",	  "c=18446744073709551615",
		"d=21.7",   "e=text",	  "f=",
		"g=1.2.3",  "h=nan",	  "i=0x10",
		"j=1e3",    "k:string=5", "l:double=2",
		"m:uint=3", "n=x=y",	  NULL,
	};
	Whole__Event *event = event_of(arguments);
	struct bus_message message = message_of(&event->base);

	assert_int_equal(event->fields[0]->value_case,
			 WHOLE__EVENT__FIELD__VALUE_BOOL_VALUE);
	assert_int_equal(event->fields[2]->value_case,
			 WHOLE__EVENT__FIELD__VALUE_UINT_VALUE);
	assert_int_equal(event->fields[10]->value_case,
			 WHOLE__EVENT__FIELD__VALUE_STRING_VALUE);
	assert_prints(&message,
		      "a=true b=-5 c=18446744073709551615 d=21.7 e=text f= "
		      "g=1.2.3 h=nan i=0x10 j=1000.0 k=5 l=2.0 m=3 n=\"x=y\"");
	event_free(event);
}

static void bad_arguments_are_refused(void **state)
{
	static const char *const arguments[] = {
		"a",	      "=1",	   "a:int=x",
		"a:int=",     "a:uint=-1", "a:bool=1",
		"a:float=1",  ":int=1",	   "a:int=99999999999999999999",
		"a:double=x",
	};
	const char *fault;
	size_t i;

	for (i = 0; i < sizeof(arguments) / sizeof(*arguments); i++) {
		Whole__Event *event = event_new();

		fault = NULL;
		if (event_add_argument(event, arguments[i], &fault))
			fail_msg("accepted: %s", arguments[i]);
		assert_non_null(fault);
		event_free(event);
	}
}

static void json_goes_in_and_comes_out(void **state)
{
	json_t *object = json_loads("{\"t\":21.5,\"n\":-3,\"ok\":false,"
				    "\"s\":\"\\u20ac\"}",
				    0, NULL);
	Whole__Event *event = event_new();
	struct bus_message message;
	const char *fault;

	assert_true(event_set_text(event, "hi", 2));
	assert_true(event_add_json(event, object, &fault));
	message = message_of(&event->base);
	assert_prints_json(&message,
			   "{\"topic\":\"a/b\",\"seq\":7,"
			   "\"time_ns\":1700000000123456789,\"pid\":42,"
			   "\"uid\":1000,\"gid\":100,\"kernel\":false,"
			   "\"type\":\"kbus.v1.Event\",\"payload\":"
			   "{\"text\":\"hi\",\"fields\":{\"t\":21.5,\"n\":-3,"
			   "\"ok\":false,\"s\":\"\\u20ac\"}}}");
	json_decref(object);
	event_free(event);
}

static void json_that_is_no_flat_object_is_refused(void **state)
{
	static const char *const texts[] = {
		"[1]",
		"{\"a\":[1]}",
		"{\"a\":{}}",
	};
	const char *fault;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		json_t *object = json_loads(texts[i], 0, NULL);
		Whole__Event *event = event_new();

		assert_false(event_add_json(event, object, &fault));
		assert_non_null(fault);
		event_free(event);
		json_decref(object);
	}
}

static void unknown_payloads_are_escaped_or_base64(void **state)
{
	struct bus_message message = {
		.topic = "a",
		.type = "",
		.payload = "\x1b[2J\xff\nx\\",
		.size = 8,
	};

	assert_prints(&message, "\\x1b[2J\\xff\\nx\\\\");
	assert_prints_json(&message,
			   "{\"topic\":\"a\",\"seq\":0,\"time_ns\":0,"
			   "\"pid\":0,\"uid\":0,\"gid\":0,\"kernel\":false,"
			   "\"type\":\"\",\"payload_b64\":\"G1sySv8KeFw=\"}");
}

static void an_event_is_known_without_its_type(void **state)
{
	static const char *const arguments[] = { "a=1", NULL };
	Whole__Event *event = event_of(arguments);
	struct bus_message message = message_of(&event->base);
	struct bus_message other = {
		.topic = "a",
		.type = "",
		.payload = "\n\x01x\x18\x01",
		.size = 5,
	};

	message.type = "";
	assert_prints(&message, "a=1");
	event_free(event);
	/* Its field 3 exists in no Event, so it is printed as bytes. */
	assert_prints(&other, "\\n\\x01x\\x18\\x01");
}

static void a_payload_of_the_wrong_type_is_shown_as_bytes(void **state)
{
	struct bus_message message = {
		.topic = "a",
		.type = "kbus.v1.Event",
		.payload = "\xff\xff",
		.size = 2,
	};

	assert_prints(&message, "\\xff\\xff");
}

static void other_types_print_by_their_descriptor(void **state)
{
	Kbus__V1__LinkEvent link = KBUS__V1__LINK_EVENT__INIT;
	struct bus_message message;

	link.action = KBUS__V1__LINK_EVENT__ACTION__UP;
	link.kernel_event = "NETDEV_UP";
	link.name = "eth0";
	link.index = 2;
	link.up = 1;
	link.mtu = 1500;
	link.address.data = (uint8_t *)"\x02\0\0\0\0\1";
	link.address.len = 6;
	link.address_text = "02:00:00:00:00:01";
	message = message_of(&link.base);
	assert_prints(&message,
		      "action=UP kernel_event=NETDEV_UP name=eth0 index=2 "
		      "up=true carrier=false mtu=1500 address=AgAAAAAB "
		      "address_text=02:00:00:00:00:01 master=0");
}

static void only_the_details_that_are_there_are_printed(void **state)
{
	Kbus__V1__ProcessEvent__Exit exit = KBUS__V1__PROCESS_EVENT__EXIT__INIT;
	Kbus__V1__ProcessEvent process = KBUS__V1__PROCESS_EVENT__INIT;
	struct bus_message message;

	process.action = KBUS__V1__PROCESS_EVENT__ACTION__EXITED;
	process.pid = 7;
	process.name = "cat";
	process.detail_case = KBUS__V1__PROCESS_EVENT__DETAIL_EXIT;
	process.exit = &exit;
	exit.signal = 9;
	message = message_of(&process.base);
	assert_prints(&message,
		      "action=EXITED pid=7 ppid=0 uid=0 gid=0 effective_uid=0 "
		      "effective_gid=0 name=cat start_time_ns=0 "
		      "kernel_thread=false "
		      "exit={\"code\":0,\"signal\":9,\"core_dumped\":false}");
}

static void what_is_not_there_is_not_printed(void **state)
{
	Kbus__V1__AddressEvent address = KBUS__V1__ADDRESS_EVENT__INIT;
	struct bus_message message;

	address.action = KBUS__V1__ADDRESS_EVENT__ACTION__ADDED;
	address.family = KBUS__V1__ADDRESS_EVENT__FAMILY__IPV4;
	address.address.data = (uint8_t *)"\xc0\0\2\7";
	address.address.len = 4;
	address.address_text = "192.0.2.7";
	address.prefix_len = 24;
	address.link_index = 2;
	address.link_name = "eth0";
	address.scope = KBUS__V1__ADDRESS_EVENT__SCOPE__LINK;
	address.has_label_case = KBUS__V1__ADDRESS_EVENT__HAS_LABEL_LABEL;
	address.label = "eth0:1";
	message = message_of(&address.base);
	assert_prints(&message,
		      "action=ADDED family=IPV4 address=\"wAACBw==\" "
		      "address_text=192.0.2.7 prefix_len=24 link_index=2 "
		      "link_name=eth0 scope=LINK flags=0 label=eth0:1");
}

static void what_the_broker_tells_is_known(void **state)
{
	Kbus__V1__SubscriberEvent__Account account =
		KBUS__V1__SUBSCRIBER_EVENT__ACCOUNT__INIT;
	Kbus__V1__SubscriberEvent subscriber = KBUS__V1__SUBSCRIBER_EVENT__INIT;
	Kbus__V1__TopicEvent__Program program =
		KBUS__V1__TOPIC_EVENT__PROGRAM__INIT;
	Kbus__V1__TopicEvent topic = KBUS__V1__TOPIC_EVENT__INIT;
	struct bus_message message;

	topic.action = KBUS__V1__TOPIC_EVENT__ACTION__CREATED;
	topic.id = 3;
	topic.name = "a";
	topic.group = 4;
	topic.mode = 0644;
	topic.by = &program;
	program.pid = 7;
	program.name = "cat";
	message = message_of(&topic.base);
	assert_prints(&message,
		      "action=CREATED id=3 name=a type= group=4 uid=0 gid=0 "
		      "mode=420 history=0 history_bytes=0 allow_block=false "
		      "kernel=false seq=0 "
		      "by={\"pid\":7,\"uid\":0,\"name\":\"cat\"}");
	subscriber.action = KBUS__V1__SUBSCRIBER_EVENT__ACTION__ENDED;
	subscriber.portid = 9;
	subscriber.program = "cat";
	subscriber.detail_case = KBUS__V1__SUBSCRIBER_EVENT__DETAIL_ACCOUNT;
	subscriber.account = &account;
	account.delivered = 5;
	message = message_of(&subscriber.base);
	assert_prints(&message,
		      "action=ENDED portid=9 pid=0 uid=0 program=cat "
		      "subscriptions=0 "
		      "account={\"delivered\":5,\"lost\":0,\"waiting\":0}");
}

static void gaps_are_told(void **state)
{
	struct bus_message gap = {
		.kind = BUS_GAP,
		.topic = "sensors/a",
		.first_seq = 101,
		.last_seq = 112,
		.count = 12,
	};
	FILE *file = print_file();

	format_gap(file, &gap);
	fclose(file);
	assert_string_equal(printed, "lost 12 on sensors/a (seq 101-112)\n");
	assert_prints_json(&gap, "{\"gap\":true,\"topic\":\"sensors/a\","
				 "\"first_seq\":101,\"last_seq\":112,"
				 "\"count\":12}");
}

static void gaps_of_many_topics_are_told(void **state)
{
	struct bus_message gap = {
		.kind = BUS_GAP,
		.topic = "",
		.count = 12,
		.topics = 3,
	};
	FILE *file = print_file();

	format_gap(file, &gap);
	fclose(file);
	assert_string_equal(
		printed, "lost 12 on 3 topics that are no longer received\n");
	assert_prints_json(&gap, "{\"gap\":true,\"topics\":3,\"count\":12}");
}

static void formats_are_obeyed(void **state)
{
	struct bus_message message = {
		.topic = "a/b",
		.type = "",
		.seq = 7,
		.pid = 42,
		.uid = 1000,
		.time_ns = 1700000000123456789,
		.payload = "x",
		.size = 1,
	};
	FILE *file = print_file();

	format_print(file, "%t|%s|%T|%p|%u|%m|%%", &message);
	fclose(file);
	assert_string_equal(
		printed, "a/b|7|2023-11-14T22:13:20.123456789Z|42|1000|x|%\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_what_they_look_like),
		cmocka_unit_test(bad_arguments_are_refused),
		cmocka_unit_test(json_goes_in_and_comes_out),
		cmocka_unit_test(json_that_is_no_flat_object_is_refused),
		cmocka_unit_test(unknown_payloads_are_escaped_or_base64),
		cmocka_unit_test(an_event_is_known_without_its_type),
		cmocka_unit_test(a_payload_of_the_wrong_type_is_shown_as_bytes),
		cmocka_unit_test(other_types_print_by_their_descriptor),
		cmocka_unit_test(only_the_details_that_are_there_are_printed),
		cmocka_unit_test(what_is_not_there_is_not_printed),
		cmocka_unit_test(what_the_broker_tells_is_known),
		cmocka_unit_test(gaps_are_told),
		cmocka_unit_test(gaps_of_many_topics_are_told),
		cmocka_unit_test(formats_are_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
