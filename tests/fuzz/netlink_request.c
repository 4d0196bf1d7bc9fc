// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests, and datagrams of requests
 */
#include "netlink.h"

#include <libmnl/libmnl.h>
#include <string.h>

/* The kinds of damage to a datagram. */
enum damage {
	NOWHERE,
	IN_A_VALUE,
	IN_A_HEADER,
	AS_A_WHOLE,
};

static enum damage any_damage(void)
{
	if (chance(60))
		return NOWHERE;
	return chance(60) ? IN_A_VALUE : chance(60) ? IN_A_HEADER : AS_A_WHOLE;
}

static void put_value(struct nlmsghdr *nlh, const struct value *value)
{
	size_t size = NLA_HDRLEN + value->size;
	struct nlattr *attr = mnl_nlmsg_get_payload_tail(nlh);

	attr->nla_type = value->type;
	attr->nla_len = value->claimed;
	memcpy(mnl_attr_get_payload(attr), value->data, value->size);
	memset((char *)attr + size, 0, NLA_ALIGN(size) - size);
	nlh->nlmsg_len += NLA_ALIGN(size);
}

static void put_attributes(struct nlmsghdr *nlh, const struct request *request,
			   bool damaged)
{
	const struct attribute *attributes[ATTRIBUTES_MAX];
	size_t count = request_attributes(request, attributes);
	size_t victim = damaged ? any(count + 1) : count;
	static struct value value;
	size_t i;

	for (i = 0; i < count; i++) {
		value_make(&value, attributes[i]);
		if (i == victim)
			value_damage(&value);
		while (value.times--)
			put_value(nlh, &value);
	}
	/* An attribute that the request does not have. */
	if (damaged && victim == count) {
		value_make(&value, &(struct attribute){ .type = any(64),
							.kind = COUNT });
		value_damage(&value);
		while (value.times--)
			put_value(nlh, &value);
	}
}

static void put_header(struct nlmsghdr *nlh, const struct request *request)
{
	uint32_t *header;

	if (!request->header_size)
		return;
	/* Every fixed header begins with a topic's id. */
	header = mnl_nlmsg_put_extra_header(nlh, request->header_size);
	*header = known.topics[any(KNOWN)];
}

static struct nlmsghdr *put_request(void *place, bool damaged)
{
	const struct request *request = request_any();
	bool dump = chance(request->dumps);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(place);

	nlh->nlmsg_type = request->type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_flags |= dump ? NLM_F_DUMP : 0;
	nlh->nlmsg_flags |= chance(70) ? NLM_F_ACK : 0;
	nlh->nlmsg_flags |= chance(30) ? request->flags : 0;
	put_header(nlh, request);
	/* A dump has no attributes. */
	if (!dump || chance(5))
		put_attributes(nlh, request, damaged);
	return nlh;
}

static void scatter(void *data, size_t size)
{
	unsigned char *bytes = data;
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = lrand48();
}

static uint32_t wrong_length(uint32_t length)
{
	static const uint32_t lengths[] = { 0, 15, 16, 0x10000, 0xffffffff };

	return chance(50) ? lengths[any(5)] : length + any(17) - 8;
}

static void damage_header(struct nlmsghdr *nlh)
{
	size_t body = nlh->nlmsg_len - NLMSG_HDRLEN;

	switch (any(9)) {
	case 0:
		nlh->nlmsg_type = any(TYPES);
		break;
	case 1:
		nlh->nlmsg_type = chance(50) ? any(0x50) : lrand48();
		break;
	case 2:
		nlh->nlmsg_flags = NLM_F_REQUEST | lrand48();
		break;
	case 3:
		nlh->nlmsg_flags ^= 1U << any(16);
		break;
	case 4:
		nlh->nlmsg_len = wrong_length(nlh->nlmsg_len);
		break;
	case 5 ... 6: /* cut short, with a matching length */
		nlh->nlmsg_len = NLMSG_HDRLEN + any(body + 1);
		break;
	case 7:
		scatter(nlh + 1, body < 64 ? body : any(64));
		break;
	case 8:
		if (body)
			((unsigned char *)(nlh + 1))[any(body)] = lrand48();
		break;
	}
}

static void damage_whole(struct datagram *datagram)
{
	unsigned int flips;
	size_t more;

	switch (any(5)) {
	case 0:
		datagram->size = any(datagram->size) + 1;
		break;
	case 1:
		more = 1 + any(15);
		scatter(datagram->data + datagram->size, more);
		datagram->size += more;
		break;
	case 2 ... 3:
		for (flips = 1 + any(8); flips; flips--)
			datagram->data[any(datagram->size)] ^= 1U << any(8);
		break;
	default:
		datagram->size = 1 + any(512);
		scatter(datagram->data, datagram->size);
	}
	/* As large as can be sent, and larger. */
	if (chance(1))
		datagram->size = 150000 + any(100000);
}

void datagram_make(struct datagram *datagram)
{
	enum damage damage = any_damage();
	unsigned int count = 1 + any(8);
	unsigned int victim = any(count);
	struct nlmsghdr *nlh;
	size_t room;

	datagram->size = 0;
	datagram->requests = 0;
	while (datagram->requests < count && datagram->size < 100000) {
		bool damaged = datagram->requests == victim || chance(30);

		nlh = put_request(datagram->data + datagram->size,
				  damaged && damage == IN_A_VALUE);
		room = NLMSG_ALIGN(nlh->nlmsg_len);
		if (damaged && damage == IN_A_HEADER) {
			damage_header(nlh);
			if (nlh->nlmsg_len >= NLMSG_HDRLEN &&
			    nlh->nlmsg_len < room)
				room = NLMSG_ALIGN(nlh->nlmsg_len);
		}
		datagram->size += room;
		datagram->requests++;
	}
	if (damage == AS_A_WHOLE)
		damage_whole(datagram);
}
