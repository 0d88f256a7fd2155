/*
 * Ui: policyd tells uid what happens; uid asks questions for people who read.
 * Nothing here steers: that is policyd's own socket. Wire form: ui.proto.
 * For X_pack() and X_unpack() see control.h.
 */
#ifndef PROTO_UI_H
#define PROTO_UI_H

#include "types.h"
#include "control.h"
#include "decide.h"
#include "names.h"

enum ui_type {
	/* policyd to uid */
	UI_PROCESS	= 1,	/* body: struct process; precedes its first use, sent again when it changes and to a fresh uid */
	UI_REASON	= 2,	/* what a reason number stands for; precedes its first use */
	UI_EVENTS	= 3,	/* decisions; shed when uid is slow: counted */
	UI_ENDS		= 4,	/* body: struct decide_ends; shed likewise */
	UI_STATUS	= 5,	/* once a second if anything changed, else every three */
	UI_NOTICE	= 6,	/* something a person should know; the last 64 are kept by uid */
	UI_ANSWER	= 7,	/* rows answering UI_QUERY; frame id is the query's */
	UI_GONE		= 8,	/* body: struct who_gone: ids that ended */
	UI_SUITE	= 9,	/* body: struct control_suite */
	UI_NAMES	= 10,	/* body: struct names_answers, askers as policyd knows them; shed likewise */
	UI_SERVERS	= 12,	/* body: struct names_servers, answers UI_DNS_SERVERS; frame id is the query's */
	UI_KEPT		= 11,	/* body: struct names_kept, answers UI_DNS_CACHE; frame id is the query's */
	UI_BELOW	= 13,	/* body: struct decide_below; left out when uid is slow */
	/* uid to policyd */
	UI_QUERY	= 32,
};

#define UI_PROCESS_MAX	5632
#define UI_REASON_MAX	2048
#define UI_EVENTS_MAX	57344
#define UI_ENDS_MAX	16384
#define UI_STATUS_MAX	12288
#define UI_NOTICE_MAX	1200
#define UI_ANSWER_MAX	65536
#define UI_GONE_MAX	1024
#define UI_SUITE_MAX	2048
#define UI_NAMES_MAX	NAMES_ANSWERS_MAX
#define UI_KEPT_MAX	NAMES_KEPT_MAX
#define UI_SERVERS_MAX	NAMES_SERVERS_ARE_MAX
#define UI_BELOW_MAX	DECIDE_BELOW_MAX
#define UI_QUERY_MAX	6144

#define UI_TEXT_BYTES	1000
#define UI_NAME_BYTES	128
#define UI_WARNING_BYTES 512	/* file, line, column and what is wrong */
#define UI_FILE_BYTES	512
#define UI_HOST_BYTES	254	/* text of a domain name and the NUL; longer ones are cut */

struct ui_reason {
	uint32_t	id;			/* a number stands for one reason as long as the channel lives */
	uint8_t		check;			/* number in docs/policy.md; 0: not a check ("existed before") */
	uint32_t	line;			/* 0: no line */
	char		profile[UI_NAME_BYTES];	/* NUL-terminated UTF-8; "" when no profile spoke */
	char		file[UI_FILE_BYTES];	/* where the deciding line stands; "" for built-in */
	char		text[UI_TEXT_BYTES];	/* one sentence for a person */
};

enum ui_source { UI_BY_DECISION = 1, UI_BY_GRANT = 2, UI_AGAIN = 3, UI_SOURCE_MAX = 3 };

struct ui_event {
	int64_t		time_us;		/* since the epoch */
	uint64_t	flow;
	struct tuple	tuple;
	uint8_t		direction;
	uint8_t		owner;
	uint8_t		action;
	bool		permanent;
	uint8_t		source;			/* enum ui_source; UI_AGAIN: a live flow was judged anew and ended */
	uint64_t	process;		/* 0: none; the strictest one's id if several hold the socket */
	uint32_t	reason;
	uint32_t	latency_us;
	char		device[DEVICE_BYTES];
	char		name[UI_HOST_BYTES];	/* last; its program asked for it and was told the address; "": none is known */
};

#define UI_BATCH	144
struct ui_events {
	uint8_t		count;
	uint32_t	shed;			/* events not told since the last message */
	struct ui_event	event[UI_BATCH];
};

#define UI_WARNINGS	16
struct ui_status {
	uint8_t			level;
	uint8_t			rules;		/* enum rules_state; 0: not heard yet */
	bool			guard;
	char			level_why[UI_NAME_BYTES];
	uint32_t		profiles;
	uint32_t		broken_files;
	uint64_t		accepted, blocked, dropped, rerouted;	/* flows since start */
	uint64_t		asked, granted;	/* answered by policyd, by grants */
	uint64_t		events_shed;
	struct decide_stats	intercept;
	uint32_t		agents;		/* that are there to answer prompts, */
	uint32_t		waiting, unanswered;	/* of which so many are kept */
	uint8_t			warnings;
	char			warning[UI_WARNINGS][UI_WARNING_BYTES];
};

enum ui_notice_level { UI_INFO = 1, UI_WARN = 2, UI_ALARM = 3, UI_NOTICE_LEVEL_MAX = 3 };
struct ui_notice {
	int64_t		time_us;
	uint8_t		level;
	uint16_t	len;
	char		text[UI_TEXT_BYTES];
};

enum ui_query_kind {
	UI_EXPLAIN_FLOW		= 1,	/* path (or pid), tuple, direction; name: as if it asked for that, "": it did not */
	UI_PROFILE_LIST		= 2,
	UI_PROFILE_SHOW		= 3,	/* text: name or path */
	UI_EXPLAIN_PROGRAM	= 4,	/* which profile matches, and why */
	UI_EXPLAIN_NAME		= 5,	/* path (or pid), name, qtype */
	UI_DNS_SERVERS		= 6,	/* who is asked for names */
	UI_DNS_CACHE		= 7,	/* what the resolver keeps */
	UI_SETTINGS		= 8,	/* all settings */
	UI_WORDS		= 9,	/* the words of the language */
	UI_JOURNAL		= 10,	/* the last changes */
	UI_LISTS		= 11,	/* the block lists */
	UI_ANSWERS		= 12,	/* what was answered to prompts, or unasked */
	UI_QUERY_MAX_KIND	= 12,
};

struct ui_query {
	uint8_t		kind;
	uint32_t	uid;			/* of the person who asks, as uid saw it: for logging, not for rights */
	uint32_t	pid;			/* 0: path says which */
	uint32_t	as_uid;			/* user the dry run assumes when pid is 0; of UI_ANSWERS: whose, UINT32_MAX: all users' */
	uint8_t		direction;
	struct tuple	tuple;
	uint16_t	len;
	char		text[PATH_BYTES];	/* path or name */
	char		name[NAME_BYTES];	/* of UI_EXPLAIN_NAME and UI_EXPLAIN_FLOW, as in struct names_ask */
	uint16_t	qtype;
};

/* A table of rows, each a few strings: what it means stands beside the kind in ui.proto. */
#define UI_ROWS		256
struct ui_row {
	uint8_t		check;			/* explain: check number */
	uint8_t		action;			/* explain: verdict stated here; 0: passed on */
	uint32_t	line;
	const char	*name;			/* point into storage[] below; never NULL */
	const char	*file;
	const char	*text;
};
struct ui_answer {
	bool		last;			/* no further message answers this query */
	bool		error;			/* row[0].text says what was wrong */
	uint16_t	count;
	struct ui_row	row[UI_ROWS];
	char		storage[49152];		/* used by unpack */
};

size_t	ui_reason_pack(const struct ui_reason *, uint8_t *, size_t);
int	ui_reason_unpack(const uint8_t *, size_t, struct ui_reason *);
size_t	ui_events_pack(const struct ui_events *, uint8_t *, size_t);
int	ui_events_unpack(const uint8_t *, size_t, struct ui_events *);
size_t	ui_status_pack(const struct ui_status *, uint8_t *, size_t);
int	ui_status_unpack(const uint8_t *, size_t, struct ui_status *);
size_t	ui_notice_pack(const struct ui_notice *, uint8_t *, size_t);
int	ui_notice_unpack(const uint8_t *, size_t, struct ui_notice *);
size_t	ui_query_pack(const struct ui_query *, uint8_t *, size_t);
int	ui_query_unpack(const uint8_t *, size_t, struct ui_query *);
size_t	ui_answer_pack(const struct ui_answer *, uint8_t *, size_t);
int	ui_answer_unpack(const uint8_t *, size_t, struct ui_answer *);

#endif
