// SPDX-License-Identifier: GPL-2.0-only
/*
 * All systems to measure
 */
#include "../system.h"

extern const struct system system_kbus;
extern const struct system system_kbus_finite;
extern const struct system system_kbus_epoll;
extern const struct system system_kbus_batch;
extern const struct system system_kbus_coalesce;
extern const struct system system_kbus_block;
extern const struct system system_redis;
extern const struct system system_redis_pipelined;
extern const struct system system_mosquitto_qos0;
extern const struct system system_mosquitto_qos1;
extern const struct system system_nats;
extern const struct system system_nats_buffered;
extern const struct system system_zeromq;
extern const struct system system_zeromq_nodrop;
extern const struct system system_nng;
extern const struct system system_nng_deep;
extern const struct system system_dbus_daemon;
extern const struct system system_dbus_broker;
extern const struct system system_pipe;
extern const struct system system_seqpacket;
extern const struct system system_netlink;
extern const struct system system_netlink_direct;
extern const struct system system_ring;

const struct system *const systems[] = {
	&system_kbus,
	&system_kbus_finite,
	&system_kbus_epoll,
	&system_kbus_batch,
	&system_kbus_coalesce,
	&system_kbus_block,
	&system_redis,
	&system_redis_pipelined,
	&system_mosquitto_qos0,
	&system_mosquitto_qos1,
	&system_nats,
	&system_nats_buffered,
	&system_zeromq,
	&system_zeromq_nodrop,
	&system_nng,
	&system_nng_deep,
	&system_dbus_daemon,
	&system_dbus_broker,
	/* The limits, which no broker can beat. */
	&system_pipe,
	&system_seqpacket,
	&system_netlink,
	&system_netlink_direct,
	&system_ring,
	NULL,
};
