// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals: how a program sees without a system call that it was refused
 *
 * An answer to each message, and a system call to read it, cost more than the
 * message. So programs map a page of counters, one for all their user's sockets
 * whose port ids have the same remainder. The broker counts a refusal before the
 * sendmsg() returns that brought the request; if its counter is as before, all
 * was done, and there is nothing to read. If not, it may be another socket's
 * refusal: then the program reads in vain. So each user has a page, and nobody
 * costs another user such a call.
 *
 * A user is who has opened the socket, and the file that is mapped.
 */
#include "broker.h"
#include "compat.h"
#include "quota.h"
#include "refusals.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>

/**
 * struct kbus_refusals - a user's counters
 * @node: in kbus_net.refusals
 * @uid: the user
 * @files: how often its file is open or mapped; kbus_net.refusals_lock
 * @counters: a page of them
 * @account: who has it on the account; a reference is held
 * @rcu: for freeing
 */
struct kbus_refusals {
	struct rhash_head node;
	kuid_t uid;
	unsigned int files;
	atomic_t *counters;
	struct kbus_user *account;
	struct rcu_head rcu;
};

static const struct rhashtable_params refusals_params = {
	.head_offset = offsetof(struct kbus_refusals, node),
	.key_offset = offsetof(struct kbus_refusals, uid),
	.key_len = sizeof_field(struct kbus_refusals, uid),
	.automatic_shrinking = true,
};

static const struct kbus_bill refusals_bill = { .of = {
	[KBUS_MEMORY] = PAGE_SIZE + sizeof(struct kbus_refusals),
} };

static void refusals_free_rcu(struct rcu_head *rcu)
{
	struct kbus_refusals *refusals =
		container_of(rcu, struct kbus_refusals, rcu);

	free_page((unsigned long)refusals->counters);
	kfree(refusals);
}

static struct kbus_refusals *refusals_new(struct kbus_net *kn,
					  const struct cred *cred)
{
	struct kbus_refusals *refusals;
	int err = -ENOMEM;

	refusals = kzalloc(sizeof(*refusals), GFP_KERNEL_ACCOUNT);
	if (!refusals)
		return ERR_PTR(err);
	refusals->uid = cred->euid;
	refusals->counters = (atomic_t *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	refusals->account = kbus_user_get(cred);
	if (!refusals->counters || !refusals->account)
		goto err_free;
	err = kbus_charge(refusals->account, &refusals_bill, NULL);
	if (err)
		goto err_free;
	err = rhashtable_insert_fast(&kn->refusals, &refusals->node,
				     refusals_params);
	if (err)
		goto err_charge;
	return refusals;

err_charge:
	kbus_uncharge(refusals->account, &refusals_bill);
err_free:
	kbus_user_put(refusals->account);
	free_page((unsigned long)refusals->counters);
	kfree(refusals);
	return ERR_PTR(err);
}

static int refusals_open(struct inode *inode, struct file *file)
{
	struct kbus_net *kn = pde_data(inode);
	struct kbus_refusals *refusals;

	mutex_lock(&kn->refusals_lock);
	refusals = rhashtable_lookup_fast(&kn->refusals, &file->f_cred->euid,
					  refusals_params);
	if (!refusals)
		refusals = refusals_new(kn, file->f_cred);
	if (!IS_ERR(refusals))
		refusals->files++;
	mutex_unlock(&kn->refusals_lock);
	file->private_data = refusals;
	return PTR_ERR_OR_ZERO(refusals);
}

/* What is mapped holds the file. */
static int refusals_release(struct inode *inode, struct file *file)
{
	struct kbus_refusals *refusals = file->private_data;
	struct kbus_net *kn = pde_data(inode);

	mutex_lock(&kn->refusals_lock);
	if (--refusals->files) {
		mutex_unlock(&kn->refusals_lock);
		return 0;
	}
	rhashtable_remove_fast(&kn->refusals, &refusals->node,
			       refusals_params);
	mutex_unlock(&kn->refusals_lock);
	kbus_uncharge(refusals->account, &refusals_bill);
	kbus_user_put(refusals->account);
	call_rcu(&refusals->rcu, refusals_free_rcu);
	return 0;
}

static int refusals_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct kbus_refusals *refusals = file->private_data;

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	if (vma_pages(vma) != 1 || vma->vm_pgoff)
		return -EINVAL;
	vm_flags_clear(vma, VM_MAYWRITE);
	/* The mapping holds the page, whatever becomes of the bus. */
	return vm_insert_page(vma, vma->vm_start,
			      virt_to_page(refusals->counters));
}

static const struct proc_ops refusals_ops = {
	.proc_open = refusals_open,
	.proc_release = refusals_release,
	.proc_mmap = refusals_mmap,
	.proc_lseek = noop_llseek,
};

/**
 * kbus_refusals_init() - offer the counters to a namespace's programs
 * @kn: the bus
 *
 * Where there is no procfs, they ask for acknowledgements.
 *
 * Return: 0, or -ENOMEM.
 */
int kbus_refusals_init(struct kbus_net *kn)
{
	int err;

	BUILD_BUG_ON(KBUS_REFUSALS * sizeof(atomic_t) > PAGE_SIZE);
	mutex_init(&kn->refusals_lock);
	err = rhashtable_init(&kn->refusals, &refusals_params);
	if (err)
		return err;
	kn->refusals_file = proc_create_data("kbus_refusals", 0444,
					     kn->net->proc_net, &refusals_ops,
					     kn);
	if (kn->refusals_file || !IS_ENABLED(CONFIG_PROC_FS))
		return 0;
	rhashtable_destroy(&kn->refusals);
	return -ENOMEM;
}

/**
 * kbus_refusals_exit() - end that
 * @kn: the bus
 *
 * Files that are open are released with it.
 */
void kbus_refusals_exit(struct kbus_net *kn)
{
	proc_remove(kn->refusals_file);
	rhashtable_destroy(&kn->refusals);
}

/**
 * kbus_refused() - count a refusal
 * @kn: the bus
 * @uid: who opened the socket that was refused something
 * @portid: the socket's port id
 *
 * Of a user who has not opened the file, nobody wants to know.
 *
 * Context: any; before the socket's program may go on.
 */
void kbus_refused(struct kbus_net *kn, kuid_t uid, u32 portid)
{
	const struct kbus_refusals *refusals;

	rcu_read_lock();
	refusals = rhashtable_lookup(&kn->refusals, &uid, refusals_params);
	if (refusals)
		atomic_inc(&refusals->counters[portid % KBUS_REFUSALS]);
	rcu_read_unlock();
}
