/*
 * Inside of the store, for store.c and store_names.c only.
 */
#ifndef UID_STORE_IMPL_H
#define UID_STORE_IMPL_H

#include "store.h"

#define FLOW_BUCKET_BITS	15
#define NAME_BUCKETS		4096
#define FLOW_NONE		UINT32_MAX

TAILQ_HEAD(program_list, program);
TAILQ_HEAD(why_list, why);

struct store {
	struct connection	*flows;		/* STORE_FLOWS */
	uint32_t		 untouched;	/* slots from here on were never used */
	uint32_t		 free;		/* list of slots used before */
	uint32_t		 newest, oldest;
	uint32_t		 connections;
	uint64_t		 pushed_out;
	uint32_t		 flow_bucket[1 << FLOW_BUCKET_BITS];

	struct ui_event		*recent;	/* ring of STORE_RECENT */
	uint64_t		 events;
	struct ui_notice	*notices;	/* ring of STORE_NOTICES, made with the first */
	uint64_t		 notice_count;
	struct blocked_name	*blocked;	/* STORE_BLOCKED, newest first; made with the first */
	uint32_t		 blocked_count;

	struct program		*program_bucket[NAME_BUCKETS];
	struct program_list	 live;		/* last used first */
	struct program_list	 gone;		/* last ended first */
	uint32_t		 live_count, gone_count;
	size_t			 program_bytes;

	struct why		*why_bucket[NAME_BUCKETS];
	struct why_list		 reasons;	/* last used first */
	uint32_t		 reason_count;
	size_t			 reason_bytes;

	struct ui_status	 status;
	struct control_suite	 suite;
	bool			 has_status, has_suite;
};

void	store_free_names(struct store *);

#endif
