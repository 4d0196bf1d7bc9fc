// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has kbus_net.lock, and for how long
 *
 * A request can involve thousands of topics or subscribers. It gives up the lock
 * after a few steps and continues from where it stopped, so that other requests wait
 * for a few steps only. Other requests can change the tree in between: a request
 * holds what it has found, or looks for it again. kbus_topic.changes and
 * kbus_subscriber.changes keep others from changing the same topic or subscriber.
 */
#include "broker.h"
#include "hold.h"
#include "quota.h"
#include "walk.h"

/*
 * A mutex is handed to a waiter that has found it taken again once: the waiter has
 * kbus_net.lock after two pauses at the latest.
 */
#define STEPS_MAX 64

/**
 * kbus_net_lock() - take a bus's lock for a request
 * @kn: the bus
 * @cred: who makes the request; others of the same user wait for its end
 *
 * Context: process, sleeps; no lock held.
 * Return: for kbus_net_unlock(); or -EINTR if the process is killed, -ENOMEM.
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
 * kbus_net_unlock() - give a bus's lock back
 * @kn: the bus
 * @turn: what kbus_net_lock() returned
 *
 * Context: process.
 */
void kbus_net_unlock(struct kbus_net *kn, struct kbus_user *turn)
{
	mutex_unlock(&kn->lock);
	kbus_turn_end(turn);
}

/**
 * kbus_net_pause() - count a step, and if they are many let others have the lock
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
 * kbus_net_pause_walk() - have a walk's steps counted
 * @kn: the bus
 * @walk: the walk, which begins
 *
 * Context: any.
 */
void kbus_net_pause_walk(struct kbus_net *kn, struct kbus_walk *walk)
{
	walk->pause = pause_step;
	walk->data = kn;
}

/**
 * kbus_net_claim() - be the only one to change a topic or subscriber
 * @kn: the bus; caller must hold kbus_net.lock, which is held again afterwards
 * @changes: kbus_topic.changes or kbus_subscriber.changes of one to which the
 *	caller holds a reference
 * @killable: return if the process is killed
 *
 * The lock is given up while another changes it: it may be gone afterwards.
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
