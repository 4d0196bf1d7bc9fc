// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every error that docs/protocol.md names is provoked, and must change nothing.
 * Every request is tried by each kind of user
 *
 * --list prints a line for each clause of the document that is tested;
 * tests/docs compares them with the document.
 */
#include "../protocol/forms.h"

static const struct {
	const struct error *errors;
	const size_t *count;
} sets[] = {
	{ any_errors, &any_errors_count },
	{ publish_errors, &publish_errors_count },
	{ topic_errors, &topic_errors_count },
	{ subscriber_errors, &subscriber_errors_count },
};

static int begin(void **state)
{
	enter_fresh_bus();
	return 0;
}

static int end(void **state)
{
	close_sockets();
	put_parameters_back();
	if (!access("/sys/module/kbus_puppet", F_OK))
		unload_module("kbus_puppet");
	return 0;
}

static void is_refused(void **state)
{
	const struct error *error = *state;
	int err = error->provoke();

	if (err != error->errno_)
		fail_msg("%s: %s, %s", error->name, strerror(err), text_told());
	if (!error->silent && !text_told()[0])
		fail_msg("no text");
}

static void serve(const struct form *form, const struct attr *attr)
{
	struct mnl_socket *sk;
	struct nlmsghdr *nlh;

	enter_fresh_bus();
	sk = form_socket(form, 0);
	nlh = form_fill(form, attr);
	if (attr)
		form_put(nlh, attr);
	must(sk, nlh);
	close_sockets();
}

/* Otherwise the errors might have other reasons. */
static void what_is_right_is_served(void **state)
{
	const struct attr *attr;
	size_t i;

	for (i = 0; i < forms_count; i++) {
		serve(&forms[i], NULL);
		for (attr = forms[i].attrs; attr->number; attr++)
			serve(&forms[i], attr);
	}
}

/* The topic is alice's, the subscriber belongs to the sender. */
static void who_may_is_served(void **state)
{
	static const uid_t people[] = { ALICE, BOB, 0 };
	size_t i, k;

	for (i = 0; i < forms_count; i++)
		for (k = 0; k < COUNT(people); k++) {
			int expected =
				people[k] == BOB ? forms[i].strangers : 0;
			struct mnl_socket *sk;
			int err;

			enter_fresh_bus();
			sk = form_socket(&forms[i], people[k]);
			err = refused_as(people[k], sk,
					 form_fill(&forms[i], NULL));
			if (err != expected)
				fail_msg("%s by %u: %s, %s", forms[i].name,
					 people[k], strerror(err), text_told());
			close_sockets();
		}
}

/* Any user may dump, except a backlog. */
static void anybody_may_dump(void **state)
{
	size_t i;

	for (i = 0; i < forms_count; i++)
		if (forms[i].dump)
			assert_int_equal(refused_as(BOB,
						    form_socket(&forms[i], BOB),
						    new_dump(forms[i].type)),
					 0);
}

/*
 * Other sockets are refused, even those of the owner and of the administrator.
 * Any user may look at a subscriber.
 */
static void a_subscriber_is_its_two_sockets(void **state)
{
	struct mnl_socket *control = socket_of(ALICE);
	struct mnl_socket *sk =
		new_subscriber(ALICE, mnl_socket_get_portid(control));
	static const uid_t people[] = { ALICE, BOB, 0 };
	struct mnl_socket *other;
	struct nlmsghdr *nlh;
	bool speaks;
	size_t i, k;

	for (i = 0; i < forms_count; i++) {
		if (!forms[i].subscriber || forms[i].only_dump)
			continue;
		for (k = 0; k <= COUNT(people); k++) {
			other = k < COUNT(people) ? socket_of(people[k]) :
						    control;
			nlh = new_request(forms[i].type);
			with_number(nlh, KBUS_A_SUBSCRIBER_PORTID,
				    mnl_socket_get_portid(sk));
			speaks = form_has(&forms[i], KBUS_A_SUBSCRIBER_PATTERN);
			if (speaks)
				with_text(nlh, KBUS_A_SUBSCRIBER_PATTERN, "a");
			assert_int_equal(refused(other, nlh),
					 other == control || !speaks ? 0 :
								       EPERM);
		}
	}
}

static int list(void)
{
	size_t i, k;

	for (i = 0; i < COUNT(sets); i++)
		for (k = 0; k < *sets[i].count; k++)
			printf("%s %s %s\n", sets[i].errors[k].request,
			       sets[i].errors[k].name,
			       sets[i].errors[k].clause);
	return 0;
}

int main(int argc, char **argv)
{
#define protocol_test(test) cmocka_unit_test_setup_teardown(test, begin, end)
	struct CMUnitTest tests[200] = {
		protocol_test(what_is_right_is_served),
		protocol_test(who_may_is_served),
		protocol_test(anybody_may_dump),
		protocol_test(a_subscriber_is_its_two_sockets),
	};
	static char names[COUNT(tests)][320];
	size_t i, k, count = 4;

	if (argc > 1 && !strcmp(argv[1], "--list"))
		return list();
	for (i = 0; i < COUNT(sets); i++)
		for (k = 0; k < *sets[i].count; k++, count++) {
			const struct error *error = &sets[i].errors[k];

			assert_true(count < COUNT(tests));
			snprintf(names[count], sizeof(names[count]), "%s %s %s",
				 error->request, error->name, error->clause);
			tests[count] = (struct CMUnitTest){
				.name = names[count],
				.test_func = is_refused,
				.setup_func = begin,
				.teardown_func = end,
				.initial_state = (void *)error,
			};
		}
	return _cmocka_run_group_tests("protocol", tests, count, NULL, NULL);
}
