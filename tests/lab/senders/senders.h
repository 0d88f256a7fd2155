/*
 * What the ways to send have in common (senders.c). Called by the files beside this one, each of
 * which is a kind of ways and ends with its table.
 *
 * A way makes job.n attempts. The i-th goes to an address of its own, nth(i), and is told by
 * told(i) before it is made, so that who looks on can count each one.
 */
#ifndef SENDERS_H
#define SENDERS_H

#include <sys/socket.h>
#include <sys/types.h>

#include <netinet/in.h>

#define NOT_HERE	77	/* the kernel has no such feature: the exit status for it */
#define TEXT		"sender"

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

struct job {
	unsigned	 n;		/* attempts */
	union address	 to;		/* of the first */
	const char	*address, *port;
	const char	*self, *other;	/* paths: this program, and another that does the same */
	int		 fd;		/* -1, or what was handed to this process at its start */
};
extern struct job job;

struct way {
	const char	*name;
	int		(*run)(void);	/* 0, NOT_HERE */
};
extern const struct way plain_ways[], call_ways[], uring_ways[], raw_ways[], below_ways[], pass_ways[], hide_ways[], disguise_ways[],
    process_ways[], place_ways[];

union address nth(unsigned i);
socklen_t address_len(void);
/* Says that this process, or that one, will send to the i-th address. */
void told(unsigned i);
void told_of(unsigned i, pid_t pid);
/* Of this family. Not made: the program ends. */
int udp_socket(void);
int tcp_socket(void);
/* Connected to the i-th address; hears of each refusal, which would end the next send() of a socket for several. */
int udp_to(unsigned i);
/* The address that packets to there leave with, and some port. */
union address own_address(void);
/* To the i-th address by TCP; waits until it is connected or refused. */
void tcp_connect(int fd, unsigned i);
/* One datagram over a connected socket; send_to() to the i-th address. */
void put(int fd);
void send_to(int fd, unsigned i);
/* A descriptor, by SCM_RIGHTS. */
void hand_over(int to, int fd);
int take(int from);
/* Until an answer or a refusal came, 1 s at most; 0.1 s where no refusal can come. */
void await(int fd, short events);
/* put(), await() and close(). */
void finish(int fd);
/* Becomes `path` with way `name`, for the i-th attempt; fd, if not -1, is handed on. */
_Noreturn void become(const char *path, const char *name, unsigned i, int fd);
/* The same in a child; its pid. */
pid_t begin(const char *path, const char *name, unsigned i, int fd);
/* A child that runs f(i) and ends; waits for it. */
void in_child(void (*f)(unsigned), unsigned i);
void wait_for(pid_t pid);
void pause_ms(int ms);
/* Whether a step that a way depends on failed (-1): says which one, and the way is "not here". */
int missing(const char *what);

#endif
