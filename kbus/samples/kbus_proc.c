// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_proc: publishes starts, executions and exits of processes
 *
 * They are published on "kernel/proc" on the bus of the initial network
 * namespace, as kbus.v1.ProcessEvent (proto/process.proto). All are on one
 * topic, so that they keep their order. Pids, uids and gids are those of the
 * initial namespaces, whatever namespaces a process is in.
 *
 * The module uses the scheduler's tracepoints. Their symbols are not exported
 * to modules, so they are looked up by name.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kbus.h>
#include <linux/kbus_protobuf.h>

#include <linux/binfmts.h>
#include <linux/bitops.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/threads.h>
#include <linux/tracepoint.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>
#include <trace/events/sched.h>

static unsigned short mode = 0400;
module_param(mode, ushort, 0444);
MODULE_PARM_DESC(mode,
		 "who may read it, as a file's mode (default 0400: root)");

/* kbus.v1.ProcessEvent */
enum process_field {
	PROCESS_ACTION = 1,
	PROCESS_PID = 2,
	PROCESS_PPID = 3,
	PROCESS_UID = 4,
	PROCESS_GID = 5,
	PROCESS_EFFECTIVE_UID = 6,
	PROCESS_EFFECTIVE_GID = 7,
	PROCESS_NAME = 8,
	PROCESS_START_TIME_NS = 9,
	PROCESS_KERNEL_THREAD = 10,
	PROCESS_FILE = 11,
	PROCESS_EXIT = 12,
};

/* kbus.v1.ProcessEvent.Action */
enum process_action {
	ACTION_STARTED = 1,
	ACTION_EXECUTED = 2,
	ACTION_EXITED = 3,
};

/* kbus.v1.ProcessEvent.Exit */
enum exit_field {
	EXIT_CODE = 1,
	EXIT_SIGNAL = 2,
	EXIT_CORE_DUMPED = 3,
};

/*
 * Upper bound of an event's size, without the file, each byte of which may
 * become four.
 */
#define PROCESS_EVENT_SIZE 192
#define PROCESS_EVENT_SIZE_WITH(file_len) (PROCESS_EVENT_SIZE + 4 * (file_len))

static struct kbus_topic *topic;

/*
 * Later kernels report which thread is the last of a process. On earlier ones,
 * all threads that exit together can appear to be the last. The first of them
 * to get here publishes the exit, and a bit for each pid records that it has
 * been published.
 */
#define EXIT_TELLS_THE_LAST						\
	__builtin_types_compatible_p(					\
		typeof(check_trace_callback_type_sched_process_exit),	\
		void(void (*)(void *, struct task_struct *, bool)))

static unsigned long *exits_told;

static void encode_ids(struct kbus_pb *pb, struct task_struct *task)
{
	const struct task_struct *parent;
	const struct cred *cred;

	rcu_read_lock();
	parent = rcu_dereference(task->real_parent);
	cred = __task_cred(task);
	kbus_pb_uint(pb, PROCESS_PID, task->tgid);
	kbus_pb_uint(pb, PROCESS_PPID, parent->tgid);
	kbus_pb_uint(pb, PROCESS_UID, from_kuid(&init_user_ns, cred->uid));
	kbus_pb_uint(pb, PROCESS_GID, from_kgid(&init_user_ns, cred->gid));
	kbus_pb_uint(pb, PROCESS_EFFECTIVE_UID,
		     from_kuid(&init_user_ns, cred->euid));
	kbus_pb_uint(pb, PROCESS_EFFECTIVE_GID,
		     from_kgid(&init_user_ns, cred->egid));
	rcu_read_unlock();
}

/* Encodes the status that wait() reports. */
static void encode_exit(struct kbus_pb *pb, const struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;
	int status = signal->flags & SIGNAL_GROUP_EXIT ?
			     signal->group_exit_code :
			     task->group_leader->exit_code;

	kbus_pb_begin(pb, PROCESS_EXIT);
	kbus_pb_uint(pb, EXIT_CODE, status >> 8 & 0xff);
	kbus_pb_uint(pb, EXIT_SIGNAL, status & 0x7f);
	kbus_pb_uint(pb, EXIT_CORE_DUMPED, !!(status & 0x80));
	kbus_pb_end(pb);
}

static ssize_t encode_process(struct kbus_draft *draft,
			      enum process_action action,
			      struct task_struct *task, const char *file,
			      size_t file_len)
{
	const struct task_struct *leader = task->group_leader;
	char name[TASK_COMM_LEN];
	struct kbus_pb pb;

	/* The name may be changed at any time. */
	strscpy(name, leader->comm, sizeof(name));
	kbus_pb_init(&pb, draft->payload, draft->size);
	kbus_pb_uint(&pb, PROCESS_ACTION, action);
	encode_ids(&pb, task);
	kbus_pb_text(&pb, PROCESS_NAME, name, strlen(name));
	kbus_pb_uint(&pb, PROCESS_START_TIME_NS, leader->start_boottime);
	kbus_pb_uint(&pb, PROCESS_KERNEL_THREAD, !!(task->flags & PF_KTHREAD));
	if (action == ACTION_EXECUTED)
		kbus_pb_text(&pb, PROCESS_FILE, file, file_len);
	if (action == ACTION_EXITED)
		encode_exit(&pb, task);
	return kbus_pb_length(&pb);
}

/* Must not sleep, and must not exhaust the memory that is left for others. */
static void publish_process(enum process_action action, struct task_struct *task,
			    const char *file)
{
	size_t file_len = strnlen(file, PATH_MAX);
	struct kbus_draft draft;
	char key[12];
	int key_len;
	int err;

	key_len = scnprintf(key, sizeof(key), "%d", task->tgid);
	err = kbus_reserve_keyed(&draft, topic, key, key_len,
				 PROCESS_EVENT_SIZE_WITH(file_len),
				 GFP_NOWAIT | __GFP_NOWARN);
	if (!err)
		err = kbus_commit(&draft, encode_process(&draft, action, task,
							 file, file_len));
	/* After -ENOBUFS subscribers already receive a gap. */
	if (err && err != -ENOBUFS)
		kbus_publish_gap(topic, 1);
}

static void on_fork(void *data, struct task_struct *parent,
		    struct task_struct *child)
{
	/* The child is a thread of its parent's process. */
	if (child->pid != child->tgid)
		return;
	if (exits_told && test_bit(child->tgid, exits_told))
		clear_bit(child->tgid, exits_told);
	if (kbus_topic_has_receivers(topic))
		publish_process(ACTION_STARTED, child, "");
}

static void on_exec(void *data, struct task_struct *task, pid_t old_pid,
		    struct linux_binprm *bprm)
{
	if (kbus_topic_has_receivers(topic))
		publish_process(ACTION_EXECUTED, task, bprm->filename);
}

static void on_exit(void *data, struct task_struct *task, bool group_dead)
{
	if (group_dead && kbus_topic_has_receivers(topic))
		publish_process(ACTION_EXITED, task, "");
}

/* For kernels that do not report the last thread. */
static void on_any_exit(void *data, struct task_struct *task)
{
	/*
	 * The exit status is set by the threads that decremented the count
	 * before.
	 */
	if (atomic_read_acquire(&task->signal->live) ||
	    !kbus_topic_has_receivers(topic))
		return;
	if (!test_and_set_bit(task->tgid, exits_told))
		publish_process(ACTION_EXITED, task, "");
}

#define ON_EXIT \
	__builtin_choose_expr(EXIT_TELLS_THE_LAST, on_exit, on_any_exit)

/*
 * The order matters. on_fork() clears the bit that the exit of an earlier
 * process with the same pid has set, so it must be attached whenever the exit
 * probe is.
 */
static struct probe {
	const char *name;
	void *function;
	struct tracepoint *tracepoint;
} probes[] = {
	{ "sched_process_fork", on_fork },
	{ "sched_process_exec", on_exec },
	{ "sched_process_exit", ON_EXIT },
};

/* Fails to build if the kernel calls the probes with other arguments. */
static void __init __maybe_unused check_types(void)
{
	check_trace_callback_type_sched_process_fork(on_fork);
	check_trace_callback_type_sched_process_exec(on_exec);
	check_trace_callback_type_sched_process_exit(ON_EXIT);
}

static void __init find_probe(struct tracepoint *tracepoint, void *data)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tracepoint->name, probes[i].name))
			probes[i].tracepoint = tracepoint;
}

static int __init find_probes(void)
{
	size_t i;

	for_each_kernel_tracepoint(find_probe, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].tracepoint) {
			pr_err("this kernel has no tracepoint %s\n",
			       probes[i].name);
			return -EOPNOTSUPP;
		}
	}
	return 0;
}

static void detach_probes(size_t count)
{
	while (count--)
		tracepoint_probe_unregister(probes[count].tracepoint,
					    probes[count].function, NULL);
	/* Wait until no probe is running. */
	tracepoint_synchronize_unregister();
}

static int __init attach_probes(void)
{
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = tracepoint_probe_register(probes[i].tracepoint,
						probes[i].function, NULL);
		if (err) {
			detach_probes(i);
			return err;
		}
	}
	return 0;
}

static int __init proc_init(void)
{
	const struct kbus_topic_options options = {
		.type = "kbus.v1.ProcessEvent",
		.mode = mode,
	};
	int err;

	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		pr_err("this kernel is PREEMPT_RT: it publishes nothing from tracepoints\n");
		return -EOPNOTSUPP;
	}
	err = find_probes();
	if (err)
		return err;
	if (!EXIT_TELLS_THE_LAST) {
		exits_told = vzalloc(BITS_TO_LONGS(PID_MAX_LIMIT) *
				     sizeof(*exits_told));
		if (!exits_told)
			return -ENOMEM;
	}
	topic = kbus_topic_create(&init_net, "kernel/proc", &options);
	err = PTR_ERR_OR_ZERO(topic);
	if (!err)
		err = attach_probes();
	if (err) {
		kbus_topic_release(topic);
		vfree(exits_told);
	}
	return err;
}

static void __exit proc_exit(void)
{
	detach_probes(ARRAY_SIZE(probes));
	kbus_topic_release(topic);
	vfree(exits_told);
}

module_init(proc_init);
module_exit(proc_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes process starts, executions and exits on kbus");
MODULE_VERSION(KBUS_VERSION);
