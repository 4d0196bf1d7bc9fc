// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether topics have receivers, as programs see it without a system call
 *
 * A publisher whose message would reach nobody need not make it. Programs
 * therefore map a table that has the ids of topics without receivers. An id has
 * one place in the table. If two topics without receivers have the same place,
 * the table has the id of one of them, and the other seems to have receivers.
 */
#include "broker.h"
#include "has_receivers.h"

#include <linux/gfp.h>
#include <linux/mm.h>

/* The file's first page is that of the error counters. */
#define TABLE_PGOFF 1
#define TABLE_PAGES DIV_ROUND_UP(sizeof(struct kbus_receivers_table), PAGE_SIZE)

/**
 * kbus_has_receivers_show() - show programs whether a topic has receivers
 * @topic: the topic; caller must hold kbus_topic.lock if others can find it
 *
 * A deleted topic is shown as one with receivers, so that its publishers learn
 * that it was deleted.
 *
 * Context: any but NMI.
 */
void kbus_has_receivers_show(struct kbus_topic *topic)
{
	struct kbus_receivers_table *table = topic->kn->receivers_table;
	u32 *place = &table->without[topic->id % KBUS_RECEIVERS_PLACES];

	if (topic->receivers.count || topic->deleted)
		cmpxchg(place, topic->id, 0);
	else
		WRITE_ONCE(*place, topic->id);
}

/**
 * kbus_has_receivers_map() - map the table into a program
 * @kn: the bus
 * @vma: the mapping, read-only
 *
 * The mapping holds the pages, even after the bus has ended.
 *
 * Context: process; in mmap().
 * Return: 0; or -EINVAL if the mapping is for other pages, -ENOMEM.
 */
int kbus_has_receivers_map(struct kbus_net *kn, struct vm_area_struct *vma)
{
	void *page = kn->receivers_table;
	unsigned long address;
	int err = 0;

	if (vma->vm_pgoff != TABLE_PGOFF || vma_pages(vma) != TABLE_PAGES)
		return -EINVAL;
	for (address = vma->vm_start; address < vma->vm_end && !err;
	     address += PAGE_SIZE, page += PAGE_SIZE)
		err = vm_insert_page(vma, address, virt_to_page(page));
	return err;
}

/**
 * kbus_has_receivers_init() - make a namespace's table
 * @kn: the bus, which has no topics yet
 *
 * Return: 0, or -ENOMEM.
 */
int kbus_has_receivers_init(struct kbus_net *kn)
{
	kn->receivers_table = alloc_pages_exact(TABLE_PAGES * PAGE_SIZE,
						GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	return kn->receivers_table ? 0 : -ENOMEM;
}

/**
 * kbus_has_receivers_exit() - release a namespace's table
 * @kn: the bus, which has no topics any more
 */
void kbus_has_receivers_exit(struct kbus_net *kn)
{
	free_pages_exact(kn->receivers_table, TABLE_PAGES * PAGE_SIZE);
}
