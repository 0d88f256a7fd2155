/*
 * A DNS server over HTTPS in a thread of the test: nghttp2's server on the connections of
 * tls_server.h. The first label of a name says what is done with that question.
 */
#ifndef TESTS_H2_SERVER_H
#define TESTS_H2_SERVER_H

#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>

#include "tls_server.h"

#define H2_HELD	256

/* What the server does; set before it is asked. */
static struct {
	unsigned	streams;	/* at a time; 0: any number */
	unsigned	goodbye;	/* after so many questions of a connection; 0: never */
	unsigned	hang_up;	/* connections up to this one get a goodbye instead of a greeting */
	unsigned	hold;		/* answers only when so many were asked */
} h2_does;

static atomic_uint	h2_questions, h2_odd, h2_most, h2_reset;
static const uint8_t	h2_speech[] = "\2h2";

struct h2_connection {
	SSL		*ssl;
	nghttp2_session	*session;
	unsigned	 number, questions, open, held;
	int32_t		 hold[H2_HELD];
	bool		 broken;
};

struct h2_question {
	uint8_t	 m[1024], *answer;
	size_t	 len, answer_len, sent;
	unsigned headers;
};

static inline ssize_t
h2_on_send(nghttp2_session *s, const uint8_t *bytes, size_t len, int flags, void *arg)
{
	struct h2_connection	*c = arg;

	(void)s, (void)flags;
	return SSL_write(c->ssl, bytes, (int)len) > 0 ? (ssize_t)len : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static inline int
h2_on_begin(nghttp2_session *s, const nghttp2_frame *frame, void *arg)
{
	struct h2_connection	*c = arg;

	if (++c->open > h2_most)
		h2_most = c->open;
	return nghttp2_session_set_stream_user_data(s, frame->hd.stream_id, calloc(1, sizeof(struct h2_question)));
}

/* What a client tells of itself: nothing else. */
static inline int
h2_on_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
    const uint8_t *value, size_t len, uint8_t flags, void *arg)
{
	static const char *const	usual[][2] = { { ":method", "POST" }, { ":scheme", "https" },
		{ ":authority", NULL }, { ":path", "/dns-query" }, { "accept", "application/dns-message" },
		{ "content-type", "application/dns-message" }, { "content-length", NULL } };
	struct h2_question		*q = nghttp2_session_get_stream_user_data(s, frame->hd.stream_id);
	char				 authority[32];

	(void)flags, (void)arg;
	snprintf(authority, sizeof(authority), "%s:%u", SERVED_NAME, ntohs(at.sin_port));
	q->headers++;
	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		const char	*should = i == 2 ? authority : usual[i][1];

		if (strlen(usual[i][0]) == name_len && memcmp(usual[i][0], name, name_len) == 0 &&
		    (should == NULL || (strlen(should) == len && memcmp(should, value, len) == 0)))
			return 0;
	}
	h2_odd++;
	return 0;
}

static inline int
h2_on_data(nghttp2_session *s, uint8_t flags, int32_t id, const uint8_t *bytes, size_t len, void *arg)
{
	struct h2_question	*q = nghttp2_session_get_stream_user_data(s, id);

	(void)flags, (void)arg;
	if (len > sizeof(q->m) - q->len)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	memcpy(q->m + q->len, bytes, len);
	q->len += len;
	return 0;
}

static inline ssize_t
h2_read_answer(nghttp2_session *s, int32_t id, uint8_t *to, size_t room, uint32_t *flags, nghttp2_data_source *source,
    void *arg)
{
	struct h2_question	*q = source->ptr;
	size_t			 n = q->answer_len - q->sent;

	(void)s, (void)id, (void)arg;
	if (told(q->m, "torn"))
		room = 1;
	n = n < room ? n : room;
	memcpy(to, q->answer + q->sent, n);
	q->sent += n;
	if (q->sent == q->answer_len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

#define H2_NV(n, v) { (uint8_t *)(n), (uint8_t *)(v), strlen(n), strlen(v), 0 }

static inline void
h2_fill(struct h2_question *q)
{
	static const size_t	most = 200000;

	q->answer = calloc(1, most);
	q->answer_len = answer_to(q->m, q->len, q->answer,
	    told(q->m, "id") ? "id" : told(q->m, "name") ? "name" : "");
	if (told(q->m, "empty"))
		q->answer_len = 0;
	if (told(q->m, "endless"))
		q->answer_len = most;
	if (told(q->m, "large")) {	/* as large as a message can be */
		memcpy(q->answer + 65535 - 4, q->answer + q->answer_len - 4, 4);
		q->answer_len = 65535;
	}
}

static inline void
h2_respond(struct h2_connection *c, int32_t id, struct h2_question *q)
{
	nghttp2_data_provider	body = { .source = { .ptr = q }, .read_callback = h2_read_answer };
	nghttp2_nv		nv[300] = { H2_NV(":status", told(q->m, "status") ? "404" : "200"),
				    H2_NV("content-type", told(q->m, "type") ? "text/html" : "application/dns-message") };
	static char		many[300][16];
	size_t			n = 2;

	h2_fill(q);
	if (told(q->m, "encoded"))
		nv[n++] = (nghttp2_nv)H2_NV("content-encoding", "gzip");
	if (told(q->m, "short"))	/* the length is a lie */
		nv[n++] = (nghttp2_nv)H2_NV("content-length", "20");
	if (told(q->m, "long"))
		nv[n++] = (nghttp2_nv)H2_NV("content-length", "2000");
	if (told(q->m, "types"))
		nv[n++] = (nghttp2_nv)H2_NV("content-type", "application/dns-message");
	while (told(q->m, "headers") && n < 300) {
		snprintf(many[n], sizeof(many[n]), "x-%zu", n);
		nv[n] = (nghttp2_nv)H2_NV(many[n], "a value of some length");
		n++;
	}
	if (told(q->m, "early"))
		nghttp2_submit_headers(c->session, 0, id, NULL, &(nghttp2_nv)H2_NV(":status", "103"), 1, NULL);
	nghttp2_submit_response(c->session, id, nv, n, told(q->m, "empty") ? NULL : &body);
}

static inline void
h2_raw(struct h2_connection *c, const char *bytes, size_t len)
{
	c->broken |= SSL_write(c->ssl, bytes, (int)len) <= 0;
}

/* Frames without end, until the client has had enough. */
static inline void
h2_flood(struct h2_connection *c, const char *frame, size_t len)
{
	char	many[8192];
	size_t	n = 0;

	for (; n + len <= sizeof(many); n += len)
		memcpy(many + n, frame, len);
	while (!c->broken)
		h2_raw(c, many, n);
}

/* True: that was its answer. */
static inline bool
h2_attack(struct h2_connection *c, const uint8_t *m)
{
#define FRAME(lie, bytes) if (told(m, lie)) { h2_flood(c, bytes, sizeof(bytes) - 1); return true; }
	/* It is the second question of its connection: stream 3. */
	FRAME("settings", "\0\0\0\4\0\0\0\0\0");
	FRAME("pings", "\0\0\10\6\0\0\0\0\0" "12345678");
	FRAME("priorities", "\0\0\5\2\0\0\0\0\1" "\0\0\0\0\1");
	FRAME("windows", "\0\0\4\10\0\0\0\0\0" "\0\0\0\1");
	FRAME("unknown", "\0\0\4\xfe\0\0\0\0\0" "abcd");
	FRAME("nothing", "\0\0\1\0\0\0\0\0\3" "a");		/* DATA before HEADERS */
	FRAME("late", "\0\0\0\0\0\0\0\0\1");			/* DATA of a stream that is over */
	FRAME("more", "\0\0\1\11\0\0\0\0\3" "a");		/* CONTINUATION of nothing */
	FRAME("push", "\0\0\5\5\4\0\0\0\3" "\0\0\0\2\x88");
	FRAME("oversize", "\xff\xff\xff\0\0\0\0\0\3" "aaaaaaaa");
	FRAME("garbage", "HTTP/1.1 400 Bad Request\r\n\r\n");
	FRAME("fields", "\0\0\1\1\0\0\0\0\3\x88" "\0\0\0\11\0\0\0\0\3" "\0\0\0\11\0\0\0\0\3");
#undef FRAME
	if (!told(m, "overrun"))
		return false;
	/* Headers, then more of a body than there is room for. */
	h2_raw(c, "\0\0\1\1\4\0\0\0\3\x88", 10);
	h2_flood(c, "\0\1\0\0\0\0\0\0\3" "................................................................"
	    "................................................................"
	    "................................................................"
	    "................................................................", 9 + 256);
	return true;
}

static inline void
h2_on_question(struct h2_connection *c, int32_t id, struct h2_question *q)
{
	h2_questions++;
	h2_odd += q->headers != 7 || q->m[0] != 0 || q->m[1] != 0 || q->len % 128 != 0;
	if (h2_attack(c, q->m) || told(q->m, "silent"))
		return;
	if (told(q->m, "reset"))
		nghttp2_submit_rst_stream(c->session, 0, id, NGHTTP2_INTERNAL_ERROR);
	else if (told(q->m, "refuse") || (told(q->m, "later") && h2_questions < 2))
		nghttp2_submit_rst_stream(c->session, 0, id, NGHTTP2_REFUSED_STREAM);
	else
		h2_respond(c, id, q);
}

static inline int
h2_on_frame(nghttp2_session *s, const nghttp2_frame *frame, void *arg)
{
	struct h2_connection	*c = arg;
	int32_t			 id = frame->hd.stream_id;

	if (id == 0 || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	c->questions++;
	if (h2_does.hold == 0)
		h2_on_question(c, id, nghttp2_session_get_stream_user_data(s, id));
	else
		c->hold[c->held++] = id;
	for (; c->held > 0 && c->questions >= h2_does.hold; c->held--)
		h2_on_question(c, c->hold[c->held - 1], nghttp2_session_get_stream_user_data(s, c->hold[c->held - 1]));
	if (c->questions == h2_does.goodbye)
		nghttp2_submit_goaway(s, 0, id, NGHTTP2_NO_ERROR, NULL, 0);
	return 0;
}

static inline int
h2_on_close(nghttp2_session *s, int32_t id, uint32_t error, void *arg)
{
	struct h2_connection	*c = arg;
	struct h2_question	*q = nghttp2_session_get_stream_user_data(s, id);

	h2_reset += error == NGHTTP2_CANCEL;
	c->open--;
	if (q != NULL)
		free(q->answer);
	free(q);
	return 0;
}

static inline void
h2_session(struct h2_connection *c)
{
	nghttp2_session_callbacks	*cb;
	nghttp2_settings_entry		 ours = { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, h2_does.streams };

	nghttp2_session_callbacks_new(&cb);
	nghttp2_session_callbacks_set_send_callback(cb, h2_on_send);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, h2_on_begin);
	nghttp2_session_callbacks_set_on_header_callback(cb, h2_on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, h2_on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, h2_on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, h2_on_close);
	nghttp2_session_server_new(&c->session, cb, c);
	nghttp2_session_callbacks_del(cb);
	nghttp2_submit_settings(c->session, 0, &ours, h2_does.streams > 0);
	if (c->number <= h2_does.hang_up)
		nghttp2_submit_goaway(c->session, 0, 0, NGHTTP2_NO_ERROR, NULL, 0);
}

static inline void
h2_serve(SSL *ssl, unsigned number)
{
	struct h2_connection	c = { .ssl = ssl, .number = number };
	uint8_t			bytes[16384];
	int			n, on = 1;

	setsockopt(SSL_get_fd(ssl), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	h2_session(&c);
	while (!c.broken && nghttp2_session_send(c.session) == 0 && (n = SSL_read(ssl, bytes, sizeof(bytes))) > 0 &&
	    nghttp2_session_mem_recv(c.session, bytes, (size_t)n) == n)
		continue;
	nghttp2_session_del(c.session);
}

static inline void
h2_server_set_up(void)
{
	tls_serve = h2_serve;
	tls_does.speaks = h2_speech;
}

#endif
