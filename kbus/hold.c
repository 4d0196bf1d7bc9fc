// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holding kbus_net.lock: which request has it, and for how long
 *
 * A request can involve thousands of topics or subscribers. It releases the
 * lock after a few steps and continues from where it stopped, so that other
 * requests wait only for a few steps. Other requests can change the tree in
 * between. A request therefore takes references to the objects that it has
 * found, or looks for them again. kbus_topic.changes and
 * kbus_subscriber.changes keep other requests from changing the same topic or
 * subscriber.
 */
#include "broker.h"
#include "hold.h"
#include "quota.h"
#include "walk.h"

/*
 * A mutex is handed to a waiter that has once found it taken again. A waiter
 * therefore has kbus_net.lock after two pauses at the latest.
 */
#define STEPS_MAX 64

/**
 * kbus_net_lock() - take a bus's lock for a request
 * @kn: the bus
 * @cred: credentials of the requester; other requests of the same user wait
 *	until this one ends
 *
 * Context: process, sleeps; no lock held.
 * Return: a value for kbus_net_unlock(); or -EINTR if the process is killed,
 * -ENOMEM.
 */
struct kbus_user *kbus_net_lock(struct kbus_net *kn, const struct cred *cred)
{
	struct kbus_user *turn = kbus_turn_begin(cred);

	if (IS_ERR(turn))
		return turn;
	if (!mutex_lock_killable(&kn->lock))
		return turn;
	kbus_turn_end(turn);
	return ERR_PTR(-EINTR);
}

/**
 * kbus_net_unlock() - release a bus's lock
 * @kn: the bus
 * @turn: the value that kbus_net_lock() returned
 *
 * Context: process.
 */
void kbus_net_unlock(struct kbus_net *kn, struct kbus_user *turn)
{
	mutex_unlock(&kn->lock);
	kbus_turn_end(turn);
}

/**
 * kbus_net_pause() - count a step, and after many steps let others take the
 *	lock
 * @kn: the bus; caller must hold kbus_net.lock, which is held again afterwards
 *
 * Context: process, may sleep.
 */
void kbus_net_pause(struct kbus_net *kn)
{
	lockdep_assert_held(&kn->lock);
	if (++kn->steps < STEPS_MAX)
		return;
	kn->steps = 0;
	mutex_unlock(&kn->lock);
	cond_resched();
	mutex_lock(&kn->lock);
}

static void pause_step(void *kn)
{
	kbus_net_pause(kn);
}

/**
 * kbus_net_pause_walk() - have the steps of a walk counted
 * @kn: the bus
 * @walk: the walk, which has not begun yet
 *
 * Context: any.
 */
void kbus_net_pause_walk(struct kbus_net *kn, struct kbus_walk *walk)
{
	walk->pause = pause_step;
	walk->data = kn;
}

/**
 * kbus_net_claim() - become the only one to change a topic or subscriber
 * @kn: the bus; caller must hold kbus_net.lock, which is held again afterwards
 * @changes: kbus_topic.changes or kbus_subscriber.changes of an object to which
 *	the caller holds a reference
 * @killable: return if the process is killed
 *
 * kbus_net.lock is released while another request changes the object. The
 * object may be deleted afterwards.
 *
 * Context: process, may sleep.
 * Return: 0; or -EINTR if the process was killed.
 */
int kbus_net_claim(struct kbus_net *kn, struct mutex *changes, bool killable)
{
	int err = 0;

	lockdep_assert_held(&kn->lock);
	if (mutex_trylock(changes))
		return 0;
	mutex_unlock(&kn->lock);
	if (killable)
		err = mutex_lock_killable(changes);
	else
		mutex_lock(changes);
	mutex_lock(&kn->lock);
	return err;
}
