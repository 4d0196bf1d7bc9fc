// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waking: a subscriber's program is notified of a message in its socket
 *
 * The cost of a wake-up depends on the program. A thousand epoll instances may
 * watch the socket, directly or one through another, or a process group may be
 * sent SIGIO. If there is one waiter, which is the common case, the publisher
 * wakes it. If there are several, or a recent wake-up took long, a work item
 * wakes them.
 */
#include "subscriber.h"
#include "wake.h"

#include <linux/jiffies.h>
#include <linux/sched/clock.h>
#include <net/sock.h>

/*
 * The time that a publisher may spend on one subscriber's wake-up, and how long
 * it leaves wake-ups to the work item after one that took longer. The wake-up
 * of a waiting thread takes about 2 us.
 */
#define WAKE_NS_MAX 100000
#define WAKE_SLOW_JIFFIES HZ

static struct workqueue_struct *wakes_queue;

/* Looks without the queue's lock, so waits may begin or end meanwhile. */
static bool has_waiters(struct sock *sk, bool *several)
{
	const struct list_head *first, *last, *head;
	const struct socket_wq *wq;
	bool some = false;

	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (wq) {
		head = &wq->wait.head;
		first = READ_ONCE(head->next);
		last = READ_ONCE(head->prev);
		*several = first != last ||
			   READ_ONCE(wq->fasync_list);
		some = *several || first != head;
	}
	rcu_read_unlock();
	return some;
}

static void wake_now(struct sock *sk)
{
	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (READ_ONCE(sk->sk_err))
		sk_error_report(sk);
	else
		sk->sk_data_ready(sk);
}

static void wake_later(struct work_struct *work)
{
	const struct kbus_subscriber *sub =
		container_of(work, struct kbus_subscriber, wake.work);

	wake_now(sub->sk);
}

static void wake_and_measure(struct kbus_subscriber *sub)
{
	const u64 begin = local_clock();

	wake_now(sub->sk);
	sub->wake.is_slow = local_clock() - begin > WAKE_NS_MAX;
	if (sub->wake.is_slow)
		sub->wake.slow_until = jiffies + WAKE_SLOW_JIFFIES;
}

/**
 * kbus_wake() - wake a subscriber's program because of a message in its socket
 * @sub: the subscriber; caller must hold kbus_subscriber.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_wake(struct kbus_subscriber *sub)
{
	bool several = false;

	lockdep_assert_held(&sub->lock);
	/*
	 * Pairs with the barriers in sock_poll_wait() and set_current_state():
	 * a thread that begins to wait sees the message in the socket, or is
	 * seen here.
	 */
	smp_mb();
	if (!has_waiters(sub->sk, &several))
		return;
	if (several || (sub->wake.is_slow &&
			time_before(jiffies, sub->wake.slow_until)))
		queue_work(wakes_queue, &sub->wake.work);
	else
		wake_and_measure(sub);
}

/**
 * kbus_wake_begin() - prepare the wake-up of a subscriber
 * @sub: the subscriber
 *
 * Context: any.
 */
void kbus_wake_begin(struct kbus_subscriber *sub)
{
	INIT_WORK(&sub->wake.work, wake_later);
}

/**
 * kbus_wake_end() - stop waking a subscriber's program
 * @sub: the subscriber, into whose socket no more messages are put
 *
 * Context: process; may sleep.
 */
void kbus_wake_end(struct kbus_subscriber *sub)
{
	cancel_work_sync(&sub->wake.work);
}

int __init kbus_wakes_init(void)
{
	wakes_queue = alloc_workqueue("kbus_wakes", WQ_UNBOUND, 1);
	return wakes_queue ? 0 : -ENOMEM;
}

void kbus_wakes_exit(void)
{
	destroy_workqueue(wakes_queue);
}
