/*
 * Which process holds which socket, kept: inode -> holds, filled by reading
 * descriptor tables (scan.h). A hold is a memory of what was seen; it counts
 * only after it was looked at again. Bounded: the longest unused socket is
 * forgotten first.
 */
#ifndef WHO_SOCKETS_H
#define WHO_SOCKETS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "processes.h"
#include "types.h"

#define SOCKETS_MAX	65536
#define HOLDS_MAX	131072
#define HOLDERS_KEPT	1024	/* tables that hold one socket */

struct told;

/* One table of descriptors that a socket is in. */
struct hold {
	LIST_ENTRY(hold)	 of_socket, of_proc;
	struct sock		*sock;
	struct proc		*proc;
	uint32_t		 tid;	/* thread with a table of its own; 0: the process' table */
	int			 fd;	/* -2 and below: fixed file of the io_uring at -2 - fd */
	bool			 again;	/* it was seen at other numbers of this table too */
	uint32_t		 stamp;	/* of the scan that saw it */
};

struct sock {
	LIST_ENTRY(sock)	 by_inode;
	TAILQ_ENTRY(sock)	 by_use;
	struct hold_list	 holds;
	uint64_t		 inode;
	unsigned		 held;		/* length of holds */
	bool			 crowded;	/* there were more than HOLDERS_KEPT */
	struct told		*told;	/* what was answered about it; NULL: nothing */
};

/* The programs named in an answer; kept as long as the socket is. */
struct told {
	uint8_t		count;
	bool		again;		/* is being looked at anew */
	uint64_t	class[HOLDERS_MAX];
};

/* Tells that a socket which was answered before has one more holder. */
typedef void	sockets_more_fn(struct sock *, struct proc *);

void		 sockets_init(sockets_more_fn *);
struct sock	*sockets_find(uint64_t inode);
/* Remembers (or refreshes) that a table has it. */
void		 sockets_hold(uint64_t inode, struct proc *, uint32_t tid, int fd, uint32_t stamp);
void		 hold_drop(struct hold *);
/* All that a process holds (it ended), or all of one table that the scan with this stamp did not see. */
void		 sockets_drop(struct proc *);
void		 sockets_drop_unseen(struct proc *, uint32_t tid, uint32_t stamp);
/*
 * It was answered by who sent, whoever holds it: later holders shall be told. If nobody
 * was seen to hold it, it is forgotten after the next few thousand of its kind.
 */
struct sock	*sockets_note(uint64_t inode);
/* Notes the answer; told is copied. */
void		 sockets_tell(struct sock *, const struct told *);
void		 sockets_forget_told(void);
unsigned	 sockets_count(void);
uint32_t	 sockets_stamp(void);	/* a fresh one */

#endif
