/*
 * See h2.h. Called by doh.c and tls_doh.c. Of the server nothing is believed: its frames
 * are taken apart by nghttp2, whose bounds and ours hold whatever it sends.
 */
#include <sys/queue.h>

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "h2.h"

#define STREAMS		100		/* open at a time */
#define WINDOW		(512 * 1024)	/* bytes of answers that are not whole yet, of all streams */
#define HEADER_BYTES	8192		/* of one answer, as RFC 9113, 6.5.2 counts */
#define HEADER_MORE	32		/* counted of each field beside its text */
#define NOISE_FRAMES	4096		/* without an answer that became whole; beyond, it is no server */
#define NOISE_BYTES	(2 * 1024 * 1024)	/* more than all answers that can be under way */
#define REPLIES		64		/* confirmations that wait to be sent */
#define BODY_FIRST	1024

struct h2_stream {
	LIST_ENTRY(h2_stream)	 entry;
	struct h2		*h2;
	void			*ctx;		/* NULL: given up */
	int32_t			 id;
	bool			 whole;		/* the server has said all */
	size_t			 header_bytes;
	struct h2_answer	 answer;
	uint8_t			*body;
	size_t			 room;		/* of body */
	size_t			 post_len, posted;
	uint8_t			 post[H2_POST];
};
LIST_HEAD(h2_streams, h2_stream);

struct h2 {
	nghttp2_session		*session;
	h2_done_fn		*done;
	struct h2_streams	 streams;
	unsigned		 count, noise_frames;
	size_t			 noise_bytes;
	uint8_t			*to;		/* within h2_next(): where bytes go, and how many still can */
	size_t			 room;
};

static void
stream_free(struct h2_stream *s)
{
	LIST_REMOVE(s, entry);
	s->h2->count--;
	free(s->body);
	free(s);
}

static ssize_t
on_send(nghttp2_session *session, const uint8_t *bytes, size_t len, int flags, void *arg)
{
	struct h2	*h = arg;
	size_t		 n = len < h->room ? len : h->room;

	(void)session;
	(void)flags;
	if (n == 0)
		return NGHTTP2_ERR_WOULDBLOCK;
	memcpy(h->to, bytes, n);
	h->to += n;
	h->room -= n;
	return (ssize_t)n;
}

static ssize_t
on_read_post(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
    nghttp2_data_source *source, void *arg)
{
	struct h2_stream	*s = source->ptr;
	size_t			 n = s->post_len - s->posted;

	(void)session;
	(void)id;
	(void)arg;
	n = n < room ? n : room;
	memcpy(to, s->post + s->posted, n);
	s->posted += n;
	if (s->posted == s->post_len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static int
on_frame_begins(nghttp2_session *session, const nghttp2_frame_hd *frame, void *arg)
{
	struct h2	*h = arg;

	(void)session;
	(void)frame;
	return ++h->noise_frames > NOISE_FRAMES ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int
on_invalid(nghttp2_session *session, const nghttp2_frame *frame, int error, void *arg)
{
	(void)session;
	(void)frame;
	(void)error;
	(void)arg;
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static bool
is_called(const char *name, const uint8_t *bytes, size_t len)
{
	return len == strlen(name) && memcmp(bytes, name, len) == 0;
}

/* nghttp2 has checked that it is three digits. */
static void
take_status(struct h2_answer *a, const uint8_t *value, size_t len)
{
	a->status = 0;
	for (size_t i = 0; i < len; i++)
		a->status = a->status * 10 + (unsigned)(value[i] - '0');
}

static void
take_type(struct h2_answer *a, const uint8_t *value, size_t len)
{
	if (a->type[0] == '\0' && len > 0 && len < sizeof(a->type))
		memcpy(a->type, value, len);
	else
		memcpy(a->type, "?", 2);
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
    const uint8_t *value, size_t len, uint8_t flags, void *arg)
{
	struct h2_stream	*s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	(void)flags;
	(void)arg;
	if (s == NULL)
		return 0;
	s->header_bytes += name_len + len + HEADER_MORE;
	if (s->header_bytes > HEADER_BYTES)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (is_called(":status", name, name_len))
		take_status(&s->answer, value, len);
	else if (is_called("content-type", name, name_len))
		take_type(&s->answer, value, len);
	else if (is_called("content-encoding", name, name_len))
		s->answer.encoded = true;
	return 0;
}

/* Room for so many bytes more of its body. */
static bool
make_room(struct h2_stream *s, size_t more)
{
	size_t	 room = s->room == 0 ? BODY_FIRST : s->room;
	uint8_t	*body;

	if (more > H2_BODY - s->answer.len)
		return false;
	while (room < s->answer.len + more)
		room *= 2;
	if (room == s->room)
		return true;
	if ((body = realloc(s->body, room)) == NULL)
		return false;
	s->body = body;
	s->room = room;
	return true;
}

/*
 * The stream's own room is never given anew, so its body ends where it ends; the
 * connection's is given back with the stream.
 */
static int
on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t len, void *arg)
{
	struct h2_stream	*s = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)arg;
	if (s == NULL || s->ctx == NULL)
		return nghttp2_session_consume_connection(session, len);
	if (!make_room(s, len))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	memcpy(s->body + s->answer.len, bytes, len);
	s->answer.len += len;
	return 0;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2_stream	*s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	(void)arg;
	if (s != NULL && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		s->whole = true;
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct h2_stream	*s = nghttp2_session_get_stream_user_data(session, id);
	struct h2		*h = arg;
	int			 r;

	if (s == NULL)
		return 0;
	r = nghttp2_session_consume_connection(session, s->answer.len);
	s->answer.body = s->body;
	if (s->ctx != NULL && s->whole) {
		h->noise_frames = 0;
		h->noise_bytes = 0;
		h->done(s->ctx, &s->answer, false);
	} else if (s->ctx != NULL) {
		h->done(s->ctx, NULL, error == NGHTTP2_REFUSED_STREAM);
	}
	stream_free(s);
	return r;
}

static int
make_session(struct h2 *h)
{
	nghttp2_session_callbacks	*c = NULL;
	nghttp2_option			*o = NULL;
	int				 r = -1;

	if (nghttp2_session_callbacks_new(&c) == 0 && nghttp2_option_new(&o) == 0) {
		nghttp2_session_callbacks_set_send_callback(c, on_send);
		nghttp2_session_callbacks_set_on_begin_frame_callback(c, on_frame_begins);
		nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, on_invalid);
		nghttp2_session_callbacks_set_on_header_callback(c, on_header);
		nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
		nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
		nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
		nghttp2_option_set_no_auto_window_update(o, 1);
		nghttp2_option_set_max_outbound_ack(o, REPLIES);
		nghttp2_option_set_max_reserved_remote_streams(o, 0);
		r = nghttp2_session_client_new2(&h->session, c, h, o);
	}
	nghttp2_option_del(o);
	nghttp2_session_callbacks_del(c);
	return r == 0 ? 0 : -1;
}

struct h2 *
h2_new(h2_done_fn *done)
{
	static const nghttp2_settings_entry	 ours[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_BODY },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADER_BYTES },
	};
	struct h2	*h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->done = done;
	LIST_INIT(&h->streams);
	if (make_session(h) == -1 || nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, ours,
	    sizeof(ours) / sizeof(ours[0])) != 0 ||
	    nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, WINDOW) != 0) {
		h2_free(h);
		return NULL;
	}
	return h;
}

void
h2_free(struct h2 *h)
{
	struct h2_stream	*s, *next;

	if (h == NULL)
		return;
	nghttp2_session_del(h->session);
	for (s = LIST_FIRST(&h->streams); s != NULL; s = next) {
		next = LIST_NEXT(s, entry);
		stream_free(s);
	}
	free(h);
}

bool
h2_takes(const struct h2 *h)
{
	return h->count < STREAMS && nghttp2_session_check_request_allowed(h->session) != 0 &&
	    h->count < nghttp2_session_get_remote_settings(h->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

static nghttp2_nv
header(const char *name, const char *value)
{
	/* nghttp2 copies both. */
	return (nghttp2_nv){ .name = (uint8_t *)name, .namelen = strlen(name), .value = (uint8_t *)value,
			     .valuelen = strlen(value) };
}

static const char *
decimal(size_t n, char to[static 8])
{
	(void)snprintf(to, 8, "%u", (unsigned)n);
	return to;
}

/* No more of them than the server needs: they say who asks, and how. */
static int32_t
submit(struct h2_stream *s, const struct h2_post *p)
{
	nghttp2_data_provider	 body = { .source = { .ptr = s }, .read_callback = on_read_post };
	char			 len[8];
	nghttp2_nv		 headers[] = {
		header(":method", "POST"),
		header(":scheme", "https"),
		header(":authority", p->authority),
		header(":path", p->path),
		header("accept", p->type),
		header("content-type", p->type),
		header("content-length", decimal(p->len, len)),
	};

	return nghttp2_submit_request(s->h2->session, NULL, headers, sizeof(headers) / sizeof(headers[0]),
	    &body, s);
}

struct h2_stream *
h2_post(struct h2 *h, const struct h2_post *p, void *ctx)
{
	struct h2_stream	*s;

	if (p->len > sizeof(s->post) || !h2_takes(h) || (s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->h2 = h;
	s->ctx = ctx;
	s->post_len = p->len;
	memcpy(s->post, p->body, p->len);
	h->count++;
	LIST_INSERT_HEAD(&h->streams, s, entry);
	if ((s->id = submit(s, p)) < 0) {
		stream_free(s);
		return NULL;
	}
	return s;
}

/* Its place is free when the server is told. */
void
h2_cancel(struct h2_stream *s)
{
	s->ctx = NULL;
	(void)nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_CANCEL);
}

int
h2_came(struct h2 *h, const uint8_t *bytes, size_t len)
{
	/* Frames of types that nobody knows are passed over, and seen in their bytes only. */
	h->noise_bytes += len;
	if (h->noise_bytes > NOISE_BYTES)
		return -1;
	/* After a goodbye, with the last stream, there is nothing more to read. */
	return nghttp2_session_mem_recv(h->session, bytes, len) == (ssize_t)len &&
	    nghttp2_session_want_read(h->session) != 0 ? 0 : -1;
}

size_t
h2_next(struct h2 *h, uint8_t *to, size_t room)
{
	h->to = to;
	h->room = room;
	(void)nghttp2_session_send(h->session);	/* without memory it stalls, and is given up */
	return (size_t)(h->to - to);
}
