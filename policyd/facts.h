/*
 * What a decision is made from. Everything here is fixed while decide() runs.
 */
#ifndef POLICYD_FACTS_H
#define POLICYD_FACTS_H

#include "condition.h"
#include "decide.h"
#include "geo.h"
#include "moment.h"
#include "one_process.h"
#include "package.h"
#include "scope.h"
#include "upstreams.h"

/* struct process_hints without its unused bytes. */
struct hints {
	uint16_t	cwd_len, arguments_len;
	uint8_t		scripts, parents;
	bool		read;			/* they were looked for; else all is empty */
	const char	*cwd, *arguments;
	struct { uint8_t argument; uint16_t len; uint32_t flags; const char *path; } script[SCRIPTS_MOST];
	struct { uint32_t pid, flags; uint64_t start; uint16_t len; const char *path; } parent[PARENTS_MOST];
};

struct found;

/* A running program, as intercept told it (struct process, without its unused bytes). */
struct program {
	uint64_t	id;
	uint32_t	pid, ppid, uid, flags, file_uid;
	uint64_t	start, dev, ino, netns;
	int64_t		ctime_ns;
	uint16_t	path_len, cgroup_len, command_len, cgroup_root;
	const char	*path, *cgroup, *command;	/* end with a NUL beside their length */
	const struct hints *hints;		/* NULL: no process that whod told of */
	const struct found *found;		/* or NULL; of a policy that may be gone: see found_of() in checks.h */
};

static inline struct one_process
one_process_of(const struct program *p)
{
	return (struct one_process){ .id = p->id, .start = p->start, .pid = p->pid };
}

static inline struct file_id
program_file(const struct program *p)
{
	return (struct file_id){ .dev = p->dev, .ino = p->ino, .ctime_ns = (uint64_t)p->ctime_ns };
}

/* The suite's own processes, as the parent told them. */
#define OWN_MOST	16
struct own {
	unsigned	count;
	struct { uint32_t pid; uint64_t start; bool resolver; } process[OWN_MOST];
	bool		doors;		/* questions can be led to the suite's name server */
	const struct upstreams *upstreams;	/* the servers that it may ask */
	char		taken[CONTROL_TAKEN_BYTES];	/* without doors: what stands in the way, for people */
};

/* What inspection says of a flow. */
enum inspection {
	INSPECTION_NOTHING,		/* none, or no objection */
	INSPECTION_MORE,		/* it wants to see more packets */
	INSPECTION_BLOCKS,
	INSPECTION_DROPS,
};

struct facts {
	struct tuple	tuple;
	uint8_t		direction, owner;	/* enum direction, enum owner */
	bool		existed;		/* before the suite, and neither file nor level changed since */
	bool		again, has_socket;
	bool		middle;			/* TCP, and its first packet that was met opens no connection */
	bool		answers_query;		/* the holder asked a group by this port just now */
	bool		attacker;		/* a finding names where it comes from */
	uint8_t		inspection;		/* enum inspection */
	bool		sent_here;		/* by this machine's own word: a program sent it to a group just now */
	char		device[DEVICE_BYTES];
	unsigned	holders;
	const struct program *holder[HOLDERS_MAX];
	bool		alone;		/* as in decide.h */
	/* Inside this machine: who listens at the other end, where that is known. */
	bool		has_listener;
	bool		listener_unknown;	/* or who cannot be found */
	uint32_t	listener_uid;
	unsigned	listeners;
	const struct program *listener[HOLDERS_MAX];
	/*
	 * A question for a name to the suite's resolver, not a flow: of the above only owner and holders
	 * count. qtype is its type (RFC 1035, 3.2.2).
	 */
	bool		question;
	uint16_t	qtype;
	/*
	 * An address of an answer, not a flow: of the tuple only family and dst are set, and nobody listens. It
	 * is refused if each flow to it would be, whatever the protocol and port, and whoever listens there.
	 */
	bool		reach;
	/*
	 * The name that is or was asked for; of a flow the one by which the first holder itself learnt the other
	 * end's address (known_names.h). Lower case, without the last dot; NULL: the root, or none is known.
	 */
	const char	*name;
	uint16_t	name_len;	/* up to 1023, where odd bytes are written as \ddd */
	/*
	 * What was found of that name: where its registrable domain begins (registrable.h), which block lists have it,
	 * as 1 << number of each, and whether the first holder asks for many machine-made ones below that domain.
	 */
	uint16_t	zone;
	uint64_t	listed;
	bool		machine_made;
	/*
	 * May a process of the first holder's program know a name of the other end's address that check 15 or 16
	 * refuses? Then they are not all judged alike.
	 */
	bool		odd_names;
	/* The number of each list of bulwark.conf plus one, 0: it has none; NULL: its place there. */
	const uint8_t	*list_numbers;
	/* Of each holder the Debian package that its file is from (packages.h); NULL: none is known. */
	const struct package *package[HOLDERS_MAX];
	const struct links *links;
	const struct own *own;
	const struct memory *memory;	/* answers that are kept for a while; NULL: none */
	const struct agents *agents;	/* who is there to be asked; NULL: nobody */
	bool		let_once;	/* a live flow that an answer for this connection alone allowed */
	bool		suppose;	/* as if each question were answered with yes */
	bool		any_file;	/* as if the program's file were the one that answers were given for */
	struct moment	now;			/* .unix_s 0: not known */
	const char	*network;		/* the name of the network that this machine is in; NULL: not known */
	const struct geo *geo;			/* NULL: no databases of countries and AS */
};

#endif
