/*
 * One end of a channel between two processes of the suite: SOCK_SEQPACKET,
 * one message a packet, a fixed header and a protobuf body, at most one
 * descriptor. The peer is taken for hostile: what is not in the table of
 * verbs, too early, too long, truncated, or with the wrong number of
 * descriptors ends the channel, and so does a handler that returns -1.
 *
 * The channel waits for nobody: what the socket does not take is kept in a
 * bounded queue. Who hits the bound is told (ENOBUFS) and decides by the rule
 * that stands beside the message in its .proto file.
 */
#ifndef PROTO_CHANNEL_H
#define PROTO_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct event_base;

#define CHANNEL_VERSION		1
#define CHANNEL_BODY_MAX	65536	/* bytes; no verb may allow more */
#define CHANNEL_QUEUE_MAX	1024	/* messages that may wait for a slow reader */
#define CHANNEL_QUEUE_BYTES	(4u << 20)

/* Phases of a conversation; a verb names those in which it may come. */
enum phase {
	PHASE_GREETING	= 1,	/* before HELLO */
	PHASE_STARTING	= 2,	/* HELLO seen, not READY */
	PHASE_RUNNING	= 4,
	PHASE_ANY	= 7,
};

struct frame {
	uint16_t	 type;
	uint32_t	 id;		/* request id; an answer carries its request's */
	uint32_t	 generation;	/* of the sender, see channel_set_generation() */
	const uint8_t	*body;		/* valid until the handler returns */
	size_t		 len;
	int		 fd;		/* -1 without one; the channel closes it unless the handler
					   takes it by setting this to -1 */
};

struct verb {
	uint16_t	 type;
	const char	*name;		/* for log lines */
	unsigned	 when;		/* enum phase, OR-ed */
	size_t		 max;		/* bytes of body, tested before anything is unpacked */
	bool		 fd;		/* carries exactly one descriptor, else none */
	int		(*handle)(void *ctx, struct channel *, struct frame *);
					/* 0, or -1: the message was invalid, end the channel */
};

/*
 * Both ends of a fresh channel, close-on-exec, with room for bursts: for the
 * parent, so that no child needs setsockopt(). 0, or -1 (errno).
 */
int		 channel_pair(int ends[2]);

/*
 * Takes over fd (made non-blocking). verbs ends with a row whose handle is
 * NULL and must outlive the channel. lost() is called once, from the loop,
 * when the peer is gone or was ended; why is a static or channel-owned string.
 * lost() may free the channel. Starts in PHASE_RUNNING. NULL on failure (errno;
 * fd is still the caller's).
 */
#define CHANNEL_GONE	"peer is gone"	/* why, if the peer closed its end */
struct channel	*channel_new(struct event_base *, int fd, const struct verb *verbs,
		    void (*lost)(void *ctx, struct channel *, const char *why), void *ctx);

/* Closes; queued messages are not sent. NULL is fine. Safe inside a handler of the channel. */
void		 channel_free(struct channel *);

void		 channel_set_phase(struct channel *, enum phase);
/* Put into the header of all that is sent from now on. Starts at 0. */
void		 channel_set_generation(struct channel *, uint32_t);

/*
 * Sends or queues one message; body may be NULL when len is 0. fd is -1 or a
 * descriptor, which is duplicated if it must wait (the caller keeps its own).
 * Returns 0, or -1: ENOBUFS (bound reached, nothing kept), EPIPE (peer gone;
 * lost() follows from the loop), EMSGSIZE.
 */
int		 channel_send(struct channel *, uint16_t type, uint32_t id, const void *body,
		    size_t len, int fd);

/* Messages that wait to be sent. */
size_t		 channel_waiting(const struct channel *);

/*
 * For two processes that ask and answer each other all the time: sleeping and
 * being woken costs more than the answer. Both read the socket again and again
 * instead, for a bounded time; on a machine with one CPU neither does.
 *
 * channel_set_linger(): after a message goes on reading for us microseconds, if
 * the one before it came within that time.
 * channel_await(): reads until a message came, but at most us microseconds.
 */
void		 channel_set_linger(struct channel *, unsigned us);
void		 channel_await(struct channel *, unsigned us);

/*
 * Handles what came already, without waiting; also from within a handler of another
 * channel, whose frame's body is gone then.
 */
void		 channel_read_now(struct channel *);

/* Back-pressure: stop and resume reading from the peer. */
void		 channel_pause(struct channel *);
void		 channel_resume(struct channel *);

/* Sends what waits, blocking at most ms milliseconds: for the last words of a process. */
void		 channel_flush(struct channel *, int ms);

/*
 * Delivered after each burst of received messages was handled (at most 64),
 * so that answers can go out in one batch. NULL removes it.
 */
void		 channel_set_batch_end(struct channel *, void (*)(void *ctx));

#endif
