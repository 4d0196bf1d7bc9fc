// SPDX-License-Identifier: GPL-2.0-only
/*
 * Error counters: programs detect refused messages without a system call
 *
 * An answer to each message, and a system call to read it, would cost more than
 * the message. Programs therefore map a page of counters. All sockets of a user
 * whose port ids have the same remainder share one counter. The broker counts a
 * refusal before the sendmsg() that carried the request returns. If the counter
 * is unchanged then, all requests succeeded, and there is no answer to read. If
 * the counter has changed, the refusal may be that of another socket, and the
 * program may find no answer. Each user has a page of its own, so no user
 * causes such calls for another user.
 *
 * The user of a socket, or of a mapped file, is the user that opened it.
 */
#include "broker.h"
#include "compat.h"
#include "error_counters.h"
#include "has_receivers.h"
#include "quota.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>

/**
 * struct kbus_error_counters - a user's counters
 * @node: in kbus_net.error_counters
 * @uid: the user
 * @files: number of open files, those of mappings included;
 *	kbus_net.error_counters_lock
 * @page: the page that programs map
 * @account: account charged for it; a reference is held
 * @rcu: for freeing
 */
struct kbus_error_counters {
	struct rhash_head node;
	kuid_t uid;
	unsigned int files;
	struct kbus_error_page *page;
	struct kbus_user *account;
	struct rcu_head rcu;
};

static const struct rhashtable_params counters_params = {
	.head_offset = offsetof(struct kbus_error_counters, node),
	.key_offset = offsetof(struct kbus_error_counters, uid),
	.key_len = sizeof_field(struct kbus_error_counters, uid),
	.automatic_shrinking = true,
};

static const struct kbus_bill
	counters_bill = { .of = {
				  [KBUS_MEMORY] =
					  PAGE_SIZE +
					  sizeof(struct kbus_error_counters),
			  } };

static void counters_free_rcu(struct rcu_head *rcu)
{
	struct kbus_error_counters *counters =
		container_of(rcu, struct kbus_error_counters, rcu);

	free_page((unsigned long)counters->page);
	kfree(counters);
}

static struct kbus_error_counters *counters_new(struct kbus_net *kn,
						const struct cred *cred)
{
	static atomic64_t last_id;
	struct kbus_error_counters *counters;
	int err = -ENOMEM;

	counters = kzalloc(sizeof(*counters), GFP_KERNEL_ACCOUNT);
	if (!counters)
		return ERR_PTR(err);
	counters->uid = cred->euid;
	counters->page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	counters->account = kbus_user_get(cred);
	if (!counters->page || !counters->account)
		goto err_free;
	counters->page->id = atomic64_inc_return(&last_id);
	err = kbus_charge(counters->account, &counters_bill, NULL);
	if (err)
		goto err_free;
	err = rhashtable_insert_fast(&kn->error_counters, &counters->node,
				     counters_params);
	if (err)
		goto err_charge;
	return counters;

err_charge:
	kbus_uncharge(counters->account, &counters_bill);
err_free:
	kbus_user_put(counters->account);
	free_page((unsigned long)counters->page);
	kfree(counters);
	return ERR_PTR(err);
}

static int counters_open(struct inode *inode, struct file *file)
{
	struct kbus_net *kn = pde_data(inode);
	struct kbus_error_counters *counters;

	mutex_lock(&kn->error_counters_lock);
	counters = rhashtable_lookup_fast(&kn->error_counters,
					  &file->f_cred->euid, counters_params);
	if (!counters)
		counters = counters_new(kn, file->f_cred);
	if (!IS_ERR(counters))
		counters->files++;
	mutex_unlock(&kn->error_counters_lock);
	file->private_data = counters;
	return PTR_ERR_OR_ZERO(counters);
}

/* Nothing is mapped by this file any more, because a mapping holds the file. */
static int counters_release(struct inode *inode, struct file *file)
{
	struct kbus_error_counters *counters = file->private_data;
	struct kbus_net *kn = pde_data(inode);

	mutex_lock(&kn->error_counters_lock);
	if (--counters->files) {
		mutex_unlock(&kn->error_counters_lock);
		return 0;
	}
	rhashtable_remove_fast(&kn->error_counters, &counters->node,
			       counters_params);
	mutex_unlock(&kn->error_counters_lock);
	kbus_uncharge(counters->account, &counters_bill);
	kbus_user_put(counters->account);
	call_rcu(&counters->rcu, counters_free_rcu);
	return 0;
}

static int counters_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct kbus_error_counters *counters = file->private_data;

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYWRITE);
	if (vma->vm_pgoff)
		return kbus_has_receivers_map(pde_data(file_inode(file)), vma);
	if (vma_pages(vma) != 1)
		return -EINVAL;
	/* The mapping holds the page, even after the bus has ended. */
	return vm_insert_page(vma, vma->vm_start, virt_to_page(counters->page));
}

static const struct proc_ops counters_ops = {
	.proc_open = counters_open,
	.proc_release = counters_release,
	.proc_mmap = counters_mmap,
	.proc_lseek = noop_llseek,
};

/**
 * kbus_error_counters_init() - offer the counters to a namespace's programs
 * @kn: the bus
 *
 * Without procfs, programs ask for acknowledgements instead.
 *
 * Return: 0, or -ENOMEM.
 */
int kbus_error_counters_init(struct kbus_net *kn)
{
	int err;

	BUILD_BUG_ON(sizeof(struct kbus_error_page) > PAGE_SIZE);
	mutex_init(&kn->error_counters_lock);
	err = rhashtable_init(&kn->error_counters, &counters_params);
	if (err)
		return err;
	kn->error_counters_file =
		proc_create_data("kbus_pages", 0444, kn->net->proc_net,
				 &counters_ops, kn);
	if (kn->error_counters_file || !IS_ENABLED(CONFIG_PROC_FS))
		return 0;
	rhashtable_destroy(&kn->error_counters);
	return -ENOMEM;
}

/**
 * kbus_error_counters_exit() - withdraw the counters from the programs
 * @kn: the bus
 *
 * Files that are still open are released.
 */
void kbus_error_counters_exit(struct kbus_net *kn)
{
	proc_remove(kn->error_counters_file);
	rhashtable_destroy(&kn->error_counters);
}

static atomic_t *error_counter(struct kbus_error_page *page, u32 portid)
{
	__u32 *counter = &page->errors[portid % KBUS_ERROR_COUNTERS];

	static_assert(sizeof(atomic_t) == sizeof(*counter));
	return (atomic_t *)counter;
}

/**
 * kbus_error_count() - count a refusal
 * @kn: the bus
 * @uid: the user that opened the socket whose request was refused
 * @portid: the socket's port id
 *
 * Does nothing if no program of the user has opened the file.
 *
 * Context: any; before the sendmsg() of the refused request returns.
 */
void kbus_error_count(struct kbus_net *kn, kuid_t uid, u32 portid)
{
	const struct kbus_error_counters *counters;

	rcu_read_lock();
	counters =
		rhashtable_lookup(&kn->error_counters, &uid, counters_params);
	if (counters)
		atomic_inc(error_counter(counters->page, portid));
	rcu_read_unlock();
}

/**
 * kbus_error_page_id() - get the number of a user's page of counters
 * @kn: the bus
 * @uid: the user
 *
 * Context: any.
 * Return: the number, which no other page had or will have; or 0 if no program
 * of the user has opened the file.
 */
u64 kbus_error_page_id(struct kbus_net *kn, kuid_t uid)
{
	const struct kbus_error_counters *counters;
	u64 id = 0;

	rcu_read_lock();
	counters =
		rhashtable_lookup(&kn->error_counters, &uid, counters_params);
	if (counters)
		id = counters->page->id;
	rcu_read_unlock();
	return id;
}
